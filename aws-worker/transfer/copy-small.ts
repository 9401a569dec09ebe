// One GET, one PUT, from one buffer. The whole object is in memory, at most one part; it is proven before the PUT is sent.

import { createHash } from 'node:crypto';
import { cancelledBy } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { Crc64 } from '../../shared/checksums/crc64.ts';
import { describeObject } from './describe-object.ts';
import type { WriteCondition } from './object-destination.ts';
import type { OpenedSmall } from './open-small.ts';
import { type Proof, proofOf, prove } from './proof.ts';
import type { TransferContext } from './transfer-context.ts';

/** Consumes what was opened, and releases its lease, in every case. @throws BridgeError as the ports say, or `source-checksum-mismatch` */
export async function copySmall(
  context: TransferContext,
  { opened, lease }: OpenedSmall,
  write: {
    readonly destinationKey: string;
    readonly condition: WriteCondition;
    readonly backfill: string | undefined;
    /** Called just before the write is sent: from then on it may take effect, whatever becomes of this call. */
    readonly onWrite: () => void;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly proof: Proof; readonly etag: string }> {
  const { object } = opened;
  const { signal } = write;
  try {
    const buffer = context.buffers.take(object.sizeBytes);
    const crc64 = new Crc64();
    const md5 = proofOf(object) === 'md5' ? createHash('md5') : undefined;
    let wholeCrc32 = 0;
    await opened.readInto(buffer, bytes => {
      crc64.update(bytes);
      md5?.update(bytes);
      wholeCrc32 = crc32(bytes, wholeCrc32);
    });
    const proof = prove(object, { crc64: crc64.digest(), md5: md5?.digest('hex') });
    const { backfill } = write;
    const description = await describeObject(context, object, { backfill, crc32: wholeCrc32, signal });
    if (signal.aborted) throw cancelledBy(signal);
    write.onWrite();
    const { etag } = await context.destination.put({
      key: write.destinationKey,
      body: buffer.subarray(0, object.sizeBytes),
      crc32: wholeCrc32,
      condition: write.condition,
      description,
      signal,
    });
    context.onBytesWritten?.(object.sizeBytes);
    // Only now: after a failure a request may still be writing from it.
    context.buffers.give(buffer);
    return { proof, etag };
  } finally {
    lease.release();
  }
}
