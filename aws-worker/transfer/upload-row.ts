// The ledger row of a large transfer, and the multipart upload that it names, live and die together: the row is written before Create, so that
// an upload whose answer was lost is still found; whoever meets a row of another version, or one without an upload id, ends both. An upload that was
// never named may appear even after that: the janitor looks once more when it can't any longer (tidy-uploads.ts).

import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import type { MultipartUpload, ObjectDescription } from './object-destination.ts';
import type { TransferContext } from './transfer-context.ts';
import type { UnnamedUpload, UploadCheckpoint, UploadRow, UploadVersion } from './upload-checkpoints.ts';

export interface OpenUpload {
  readonly upload: MultipartUpload;
  readonly row: UploadCheckpoint;
  readonly isResumed: boolean;
}

/**
 * In place of an upload id, while a row without one is being ended. Whoever wrote the row can then no longer name the upload that it creates,
 * and aborts it; otherwise one that is created after the list was taken would be left to nobody.
 */
const ENDED = 'ended';

interface Begin {
  readonly key: string;
  readonly version: UploadVersion;
  readonly backfill: string | undefined;
  readonly description: () => Promise<ObjectDescription>;
  readonly signal: AbortSignal;
}

/**
 * The key's upload of this version: the one that was begun, or a new one.
 * @throws BridgeError retryable `upload-superseded` when another row was met and ended, or another worker was quicker: look again
 */
export async function openUpload(context: TransferContext, begin: Begin): Promise<OpenUpload> {
  const found = await context.uploads.find(begin.key);
  if (found !== undefined) {
    if (!isNamed(found) || !isSameUpload(found.version, begin.version) || needsMoreMemory(context, found.version)) {
      await endUpload(context, begin.key, { signal: begin.signal });
      throw superseded(begin.key);
    }
    return { upload: { key: begin.key, uploadId: found.uploadId }, row: found, isResumed: true };
  }
  const description = await begin.description();
  const row = await context.uploads.begin(begin.key, begin.version, { backfill: begin.backfill });
  if (row === undefined) throw superseded(begin.key);
  const upload = await context.destination.createUpload({ key: begin.key, description, signal: begin.signal });
  if (!(await context.uploads.setUploadId(row, upload.uploadId))) {
    await context.destination.abortUpload(upload, { signal: begin.signal });
    throw superseded(begin.key);
  }
  return { upload, row, isResumed: false };
}

/** Ends whatever upload the key's row names (with `rowId`: if it is that row), then removes the row. True when there was one. */
export async function endUpload(
  context: TransferContext,
  key: string,
  options: { readonly rowId?: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const row = await context.uploads.find(key);
  if (row === undefined || (options.rowId !== undefined && row.rowId !== options.rowId)) return false;
  if (!isNamed(row) && !(await context.uploads.setUploadId(row, ENDED))) {
    // Its upload was named, or it was ended, since it was read.
    await endUpload(context, key, options);
    return true;
  }
  if (isNamed(row)) {
    await context.destination.abortUpload({ key, uploadId: row.uploadId }, options);
    await context.uploads.remove(row);
  } else {
    const unnamed = { ...row, retiredAt: context.clock.date() };
    for (const upload of await findUnnamed(context, unnamed, options)) {
      await context.destination.abortUpload(upload, options);
    }
    await context.uploads.retire(row);
  }
  return true;
}

/** AWS refuses requests whose clock differs by more from its own: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const MAX_CLOCK_SKEW_MILLISECONDS = 15 * 60_000;

/**
 * What the Create of a row that names no upload may have made: created since the row was written, while a Create of its time could come through, in our
 * manner, and without a part, for whoever created it never heard its id. Never another tool's that is at work, nor one that a row names.
 */
export async function findUnnamed(
  context: TransferContext,
  { key, begunAt, retiredAt }: Omit<UnnamedUpload, 'rowId'>,
  options: { readonly signal: AbortSignal },
): Promise<readonly MultipartUpload[]> {
  const since = begunAt.getTime() - MAX_CLOCK_SKEW_MILLISECONDS;
  const until = retiredAt.getTime() + REQUEST_SETTLED_SECONDS * 1000 + MAX_CLOCK_SKEW_MILLISECONDS;
  const found: MultipartUpload[] = [];
  for (const { uploadId, initiatedAt, hasOurMark } of await context.destination.listUploads(key, options)) {
    const upload = { key, uploadId };
    const isOfItsTime = initiatedAt.getTime() >= since && initiatedAt.getTime() <= until;
    if (hasOurMark && isOfItsTime && (await isWithoutParts(context, upload, options))) found.push(upload);
  }
  return found;
}

async function isWithoutParts(
  { destination }: TransferContext,
  upload: MultipartUpload,
  options: { readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    return (await destination.listParts(upload, options)).length === 0;
  } catch (error) {
    if (hasCode(error, 'upload-missing')) return false;
    throw error;
  }
}

/** A part of an upload that a worker with more memory began would not fit here. */
function needsMoreMemory({ settings }: TransferContext, { partSizeBytes }: UploadVersion): boolean {
  return partSizeBytes > (settings.maxPartBytes ?? Number.POSITIVE_INFINITY);
}

export function isNamed<Row extends UploadRow>(row: Row): row is Row & { readonly uploadId: string } {
  return row.uploadId !== undefined && row.uploadId !== ENDED;
}

function isSameUpload(a: UploadVersion, b: UploadVersion): boolean {
  return (
    a.sourceEtag === b.sourceEtag &&
    a.sourceLastModified === b.sourceLastModified &&
    a.sizeBytes === b.sizeBytes &&
    a.descriptionHash === b.descriptionHash
  );
}

function superseded(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'upload-superseded',
    message: 'Another upload of this key was under way; it was ended, or another worker goes on with it.',
    key,
  });
}
