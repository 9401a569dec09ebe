// The janitor of multipart uploads that nobody goes on with: S3 bills their parts, and shows them to nobody. It ends only uploads that the ledger knows
// of: a row that is idle and whose key is settled (equal, or gone, or another version now), given up, or forgotten for a week; and those that a retired
// row may have had, which it never named. A worker that goes on with one at the same moment finds it missing, and begins anew.
// What no row knows of (a ledger that was lost) is the bucket's lifecycle rule's.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { sourceKey } from '../../shared/keys/key-rules.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import { isEqual } from './decide.ts';
import { metadataHash } from './source-version.ts';
import type { TransferContext } from './transfer-context.ts';
import type { IdleUpload, UnnamedUpload, UploadRow } from './upload-checkpoints.ts';
import { endUpload, findUnnamed, isNamed } from './upload-row.ts';

export interface TidyOptions {
  /** Whether nobody wants the work of this backfill any more. */
  readonly isGivenUp: (backfill: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Longer than any part takes, and than most messages wait. */
const IDLE_MILLISECONDS = 3_600_000;
/** As the lifecycle rule in deploy/policies. */
const FORGOTTEN_MILLISECONDS = 7 * 24 * 3_600_000;
/** At a time; the next round takes the rest. */
const LIMIT = 100;

/** What fails is logged and looked at again an hour later. @throws BridgeError when the ledger cannot be read; cancelled */
export async function tidyUploads(context: TransferContext, options: TidyOptions): Promise<void> {
  const now = context.clock.date().getTime();
  const idle = await context.uploads.claimIdle({ before: new Date(now - IDLE_MILLISECONDS), limit: LIMIT });
  for (const upload of idle) {
    await attempt(context, upload.row.key, options.signal, () => tidyIdle(context, upload, { ...options, now }));
  }
  const before = new Date(now - REQUEST_SETTLED_SECONDS * 1000);
  for (const upload of await context.uploads.claimUnnamed({ before, limit: LIMIT })) {
    await attempt(context, upload.key, options.signal, () => tidyUnnamed(context, upload, options));
  }
}

async function attempt(
  context: TransferContext,
  key: string,
  signal: AbortSignal,
  task: () => Promise<void>,
): Promise<void> {
  if (signal.aborted) throw cancelledBy(signal);
  try {
    await task();
  } catch (error) {
    if (signal.aborted || !(error instanceof BridgeError)) throw error;
    context.log.warn('An upload could not be tidied up; it is looked at again.', { destinationKey: key, error });
  }
}

async function tidyIdle(
  context: TransferContext,
  { row, idleSince }: IdleUpload,
  options: TidyOptions & { readonly now: number },
): Promise<void> {
  const { now, signal } = options;
  const isOver =
    !isNamed(row) ||
    now - idleSince.getTime() >= FORGOTTEN_MILLISECONDS ||
    (row.backfill !== undefined && (await options.isGivenUp(row.backfill))) ||
    (await isSettled(context, row, signal));
  if (!isOver) return;
  if (await endUpload(context, row.key, { rowId: row.rowId, signal })) {
    context.log.info('An upload that nobody goes on with was ended.', { destinationKey: row.key, idleSince });
  }
}

/** Nobody will go on with it: there is nothing to copy, or other bytes than these. */
async function isSettled(context: TransferContext, row: UploadRow, signal: AbortSignal): Promise<boolean> {
  const key = sourceKey(row.key, context.settings);
  // Of other prefixes than are configured now: nobody here can tell.
  if (key === undefined) return false;
  const destination = await context.destination.head(row.key, { signal });
  const source = await context.source.head(key, { signal });
  if (source === undefined) return true;
  const { sourceEtag, sourceLastModified, sizeBytes, descriptionHash } = row.version;
  const isSameVersion =
    source.etag === sourceEtag &&
    source.lastModified === sourceLastModified &&
    source.sizeBytes === sizeBytes &&
    metadataHash(source) === descriptionHash;
  return !isSameVersion || (destination !== undefined && isEqual(destination, source));
}

/** After REQUEST_SETTLED_SECONDS its Create has come through or never will. */
async function tidyUnnamed(
  context: TransferContext,
  unnamed: UnnamedUpload,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const uploads = await findUnnamed(context, unnamed, { signal });
  // Read after the list: an upload in it belongs to this row, unless the row is older and nobody's.
  const row = await context.uploads.find(unnamed.key);
  if (row !== undefined && !isNamed(row)) return; // Its Create may be on its way, or in the list: later.
  for (const upload of uploads) {
    if (upload.uploadId !== row?.uploadId) await context.destination.abortUpload(upload, { signal });
  }
  await context.uploads.forgetUnnamed(unnamed);
}
