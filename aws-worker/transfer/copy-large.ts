// Large objects: ranged GETs in parallel into pooled buffers, a multipart upload, resumable by any worker from the ledger's row.
// Guarantees: nothing becomes visible before the CRC-64 of all parts, combined, is the source's; S3 verifies the CRC-32 of each part and of the whole;
// just before Complete both sides are looked at again, destination first; a part of an earlier attempt counts only if ListParts shows its CRC-32 and length.
// It does not guarantee to finish: whatever moved ends this attempt with a retryable error, and reconcile.ts starts again at the destination.

import { createHash } from 'node:crypto';
import { cancelledBy, hasCode } from '../../shared/bridge-error.ts';
import { combineCrc32 } from '../../shared/checksums/crc32.ts';
import { combineCrc64 } from '../../shared/checksums/crc64.ts';
import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import { type CopiedPart, copyPart } from './copy-part.ts';
import { describeObject } from './describe-object.ts';
import type { ObjectDestination, UploadedPart, WriteCondition } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';
import { partSizeFor, planParts } from './plan-parts.ts';
import { type Proof, proofOf, prove } from './proof.ts';
import { metadataHash } from './source-version.ts';
import type { TransferContext } from './transfer-context.ts';
import type { PartCheckpoint, UploadVersion } from './upload-checkpoints.ts';
import { endUpload, type OpenUpload, openUpload } from './upload-row.ts';

/** Looks at the destination, then at the source, once more: the condition to complete on. Throws when the copy is of no use any more. */
export type LookBeforeComplete = () => Promise<WriteCondition>;

export interface LargeCopy {
  readonly object: SourceObject;
  readonly destinationKey: string;
  readonly backfill: string | undefined;
  readonly lookBeforeComplete: LookBeforeComplete;
  /** Called just before Complete is sent: from then on it may take effect, whatever becomes of this call. */
  readonly onWrite: () => void;
  readonly signal: AbortSignal;
}

export interface LargeCopied {
  readonly proof: Proof;
  readonly condition: WriteCondition;
  readonly etag: string;
}

/** Failures after which the parts that were uploaded are of no use. */
const UPLOAD_LOST_CODES = [
  'upload-missing',
  'upload-part-invalid',
  'destination-conflict',
  'source-changed',
  'source-checksum-mismatch',
];

export async function copyLarge(context: TransferContext, copy: LargeCopy): Promise<LargeCopied> {
  const { object, signal } = copy;
  const version = uploadVersion(context, copy);
  await proveReadable(context, object, signal);
  const open = await openUpload(context, {
    key: copy.destinationKey,
    version,
    backfill: copy.backfill,
    description: () => describeObject(context, object, { backfill: copy.backfill, signal }),
    signal,
  });
  try {
    return await copyInto(context, copy, open);
  } catch (error) {
    // Only its own: the key may have another row by now, whose upload another worker goes on with.
    if (hasCode(error, ...UPLOAD_LOST_CODES)) {
      await endUpload(context, copy.destinationKey, { rowId: open.row.rowId, signal });
    }
    throw error;
  }
}

async function copyInto(context: TransferContext, copy: LargeCopy, open: OpenUpload): Promise<LargeCopied> {
  const { object, signal } = copy;
  const proof = proofOf(object);
  // An MD5 must see the bytes in their order, from the first: parts of an earlier attempt would have to be read again anyway.
  const isInOrder = proof === 'md5';
  const done =
    open.isResumed && !isInOrder ? await finishedParts(context, open, signal) : new Map<number, CopiedPart>();
  const md5 = isInOrder ? createHash('md5') : undefined;
  const { partSizeBytes } = open.row.version;
  const parts = planParts(object.sizeBytes, partSizeBytes);
  const missing = parts.filter(part => !done.has(part.partNumber));
  await forEachConcurrently(
    missing,
    { limit: isInOrder ? 1 : context.settings.maxConcurrentParts, signal },
    async (part, partSignal) => {
      const onBytes = md5 === undefined ? undefined : (bytes: Buffer) => void md5.update(bytes);
      const copied = await copyPart(context, {
        object,
        upload: open.upload,
        part,
        partSizeBytes,
        onBytes,
        signal: partSignal,
      });
      done.set(part.partNumber, copied);
      // False: the row was ended meanwhile. The upload went with it; Complete will say so.
      await context.uploads.addPart(open.row, copied.checkpoint);
    },
  );
  const copied = parts.map(part => done.get(part.partNumber)).filter(part => part !== undefined);
  const whole = combine(copied.map(part => part.checkpoint));
  prove(object, { crc64: whole.crc64, md5: md5?.digest('hex') });
  const condition = await copy.lookBeforeComplete();
  if (signal.aborted) throw cancelledBy(signal);
  copy.onWrite();
  const { etag } = await completeUpload(context, open, {
    upload: open.upload,
    parts: copied.map(part => part.uploaded),
    sizeBytes: object.sizeBytes,
    crc32: whole.crc32,
    condition,
    signal,
  });
  await context.uploads.remove(open.row);
  return { proof, condition, etag };
}

async function completeUpload(
  context: TransferContext,
  open: OpenUpload,
  request: Parameters<ObjectDestination['completeUpload']>[0],
): Promise<{ readonly etag: string }> {
  try {
    return await context.destination.completeUpload(request);
  } catch (error) {
    // The parts make another whole than was read: resumed, they would make it again.
    if (hasCode(error, 'destination-checksum-mismatch')) {
      await endUpload(context, open.upload.key, { rowId: open.row.rowId, signal: request.signal });
    }
    throw error;
  }
}

function uploadVersion(context: TransferContext, copy: LargeCopy): UploadVersion {
  const { object } = copy;
  const { partSizeBytes: preferredBytes, minPartBytes: minBytes, maxPartBytes: maxBytes } = context.settings;
  return {
    sourceEtag: object.etag,
    sourceLastModified: object.lastModified,
    sizeBytes: object.sizeBytes,
    partSizeBytes: partSizeFor(object.sizeBytes, { preferredBytes, minBytes, maxBytes }),
    descriptionHash: metadataHash(object),
  };
}

/**
 * Only a GET can tell whether an object of an archive class may be read (restored, or a bucket with real-time access). One byte is asked for before
 * anything is created. @throws BridgeError `source-archived`
 */
async function proveReadable(context: TransferContext, object: SourceObject, signal: AbortSignal): Promise<void> {
  if (!/archive/i.test(object.storageClass)) return;
  const opened = await context.source.open(object.key, { range: { start: 0, end: 1 }, signal });
  opened?.discard();
}

/** Parts of the row that S3 still has, byte for byte as we recorded them. */
async function finishedParts(
  context: TransferContext,
  open: OpenUpload,
  signal: AbortSignal,
): Promise<Map<number, CopiedPart>> {
  const uploaded = new Map<number, UploadedPart>();
  for (const part of await context.destination.listParts(open.upload, { signal })) uploaded.set(part.partNumber, part);
  const finished = new Map<number, CopiedPart>();
  for (const checkpoint of open.row.parts) {
    const part = uploaded.get(checkpoint.partNumber);
    if (part?.crc32 === checkpoint.crc32 && part.sizeBytes === checkpoint.sizeBytes) {
      finished.set(checkpoint.partNumber, { uploaded: part, checkpoint });
    }
  }
  return finished;
}

function combine(parts: readonly PartCheckpoint[]): { readonly crc64: bigint; readonly crc32: number } {
  return parts.reduce(
    (whole, part) => ({
      crc64: combineCrc64(whole.crc64, part.crc64, part.sizeBytes),
      crc32: combineCrc32(whole.crc32, part.crc32, part.sizeBytes),
    }),
    { crc64: 0n, crc32: 0 },
  );
}
