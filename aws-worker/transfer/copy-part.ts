// One part of a large object: a ranged GET, pinned to the version, into a pooled buffer; both checksums on arrival; one UploadPart from the
// same buffer. At most one part's bytes are held, under a lease of the memory budget.

import { crc32 } from '../../shared/checksums/crc32.ts';
import { Crc64 } from '../../shared/checksums/crc64.ts';
import { sourceChanged } from './moved-errors.ts';
import type { MultipartUpload, UploadedPart } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';
import type { Part } from './plan-parts.ts';
import type { TransferContext } from './transfer-context.ts';
import type { PartCheckpoint } from './upload-checkpoints.ts';

export interface CopiedPart {
  readonly uploaded: UploadedPart;
  readonly checkpoint: PartCheckpoint;
}

/** @throws BridgeError `source-changed` when the version is gone, or as the ports say */
export async function copyPart(
  context: TransferContext,
  task: {
    readonly object: SourceObject;
    readonly upload: MultipartUpload;
    readonly part: Part;
    /** Of the whole upload: buffers of one size are used again. */
    readonly partSizeBytes: number;
    readonly onBytes?: ((bytes: Buffer) => void) | undefined;
    readonly signal: AbortSignal;
  },
): Promise<CopiedPart> {
  const { object, upload, part, signal } = task;
  const lengthBytes = part.end - part.start;
  const lease = await context.memory.acquire(task.partSizeBytes, { kind: 'bulk', signal });
  try {
    const opened = await context.source.open(object.key, {
      range: { start: part.start, end: part.end },
      signal,
      ...pinOf(object),
    });
    if (opened === undefined) throw sourceChanged(object.key);
    if (opened.lengthBytes !== lengthBytes) {
      opened.discard();
      throw sourceChanged(object.key);
    }
    const buffer = context.buffers.takeExactly(task.partSizeBytes);
    const crc64 = new Crc64();
    let partCrc32 = 0;
    await opened.readInto(buffer, bytes => {
      crc64.update(bytes);
      partCrc32 = crc32(bytes, partCrc32);
      task.onBytes?.(bytes);
    });
    const uploaded = await context.destination.uploadPart({
      upload,
      partNumber: part.partNumber,
      body: buffer.subarray(0, lengthBytes),
      crc32: partCrc32,
      signal,
    });
    context.onBytesWritten?.(lengthBytes);
    // Only now: after a failure a request may still be writing from it.
    context.buffers.give(buffer);
    const checkpoint = {
      partNumber: part.partNumber,
      sizeBytes: lengthBytes,
      crc64: crc64.digest(),
      crc32: partCrc32,
    };
    return { uploaded: { ...uploaded, crc32: partCrc32, sizeBytes: lengthBytes }, checkpoint };
  } finally {
    lease.release();
  }
}

/** An object that only grows is read unpinned as [0, size) of one look; its CRC-64 proves it. */
function pinOf(object: SourceObject): { readonly ifMatch?: string } {
  return object.type === 'Appendable' && object.crc64 !== undefined ? {} : { ifMatch: object.etag };
}
