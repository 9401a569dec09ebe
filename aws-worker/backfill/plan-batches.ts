// Cuts one page of a listing into batches: units of work, of counting and of one SQS request (60 KiB), with a bounded number of bytes to move.

import { BATCH_MAX_OBJECTS, BATCH_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import type { BatchObject } from '../../shared/messages/message.ts';
import type { ListedObject } from './source-listing.ts';

export interface PlannedBatch {
  /** Keys in (from, to]. */
  readonly from: string;
  readonly to: string;
  readonly objects: readonly BatchObject[];
  readonly bytes: number;
}

/** `{"backfill":…,"batch":…,"from":"","to":"","objects":[]}` with ids of 64 characters, rounded up. */
const ENVELOPE_BYTES = 256;

/** In order, each ending where the next begins; none is empty. The first begins at `from`. */
export function planBatches(
  objects: readonly ListedObject[],
  options: { readonly from: string; readonly maxBatchBytes: number },
): readonly PlannedBatch[] {
  const batches: PlannedBatch[] = [];
  let from = options.from;
  let current: BatchObject[] = [];
  let bytes = 0;
  let messageBytes = 0;
  const close = () => {
    const last = current.at(-1);
    if (last === undefined) return;
    batches.push({ from, to: last.key, objects: current, bytes });
    from = last.key;
    current = [];
    bytes = 0;
  };
  for (const listed of objects) {
    const object = { key: listed.key, size: listed.sizeBytes, etag: listed.etag };
    const objectBytes = toAsciiJson(object).length + 1;
    // `to` is the last key: each candidate is counted once as itself and once as `to`.
    const isFull =
      current.length === BATCH_MAX_OBJECTS ||
      messageBytes + objectBytes * 2 > BATCH_MESSAGE_MAX_BYTES ||
      bytes + listed.sizeBytes > options.maxBatchBytes;
    if (isFull) close();
    if (current.length === 0) messageBytes = ENVELOPE_BYTES + toAsciiJson(from).length;
    current.push(object);
    bytes += listed.sizeBytes;
    messageBytes += objectBytes;
  }
  close();
  return batches;
}
