// How a large object is cut into parts. S3: 1 to 10,000 parts of 5 MiB to 5 GiB, the last one may be smaller, the whole at most 48.8 TiB.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html

import { BridgeError } from '../../shared/bridge-error.ts';
import { GIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';

export const S3_MAX_PARTS = 10_000;
export const S3_MIN_PART_BYTES = 5 * MEBIBYTE;
export const S3_MAX_PART_BYTES = 5 * GIBIBYTE;
export const S3_MAX_OBJECT_BYTES = S3_MAX_PARTS * S3_MAX_PART_BYTES;

export interface Part {
  /** From 1. */
  readonly partNumber: number;
  /** Bytes [start, end). */
  readonly start: number;
  readonly end: number;
}

export interface PartLimits {
  readonly preferredBytes: number;
  /** What the destination takes at least for a part that is not the last. Left out: S3's 5 MiB. */
  readonly minBytes?: number | undefined;
  /** What may be held for one part. Left out: as much as S3 takes. */
  readonly maxBytes?: number | undefined;
}

/**
 * The part size for an object: the preferred one, or the next whole MiB with which 10,000 parts suffice.
 * @throws BridgeError permanent `object-too-large`; permanent `object-needs-more-memory` when such a part may not be held
 */
export function partSizeFor(sizeBytes: number, limits: PartLimits): number {
  const { preferredBytes, minBytes = S3_MIN_PART_BYTES, maxBytes } = limits;
  if (sizeBytes > S3_MAX_OBJECT_BYTES) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'object-too-large',
      message: `The object has ${sizeBytes} bytes; S3 takes at most ${S3_MAX_OBJECT_BYTES} (48.8 TiB).`,
    });
  }
  const wantedBytes = Math.max(preferredBytes, minBytes);
  const isEnough = sizeBytes <= S3_MAX_PARTS * wantedBytes;
  const partSizeBytes = isEnough ? wantedBytes : Math.ceil(sizeBytes / S3_MAX_PARTS / MEBIBYTE) * MEBIBYTE;
  if (maxBytes !== undefined && partSizeBytes > maxBytes) throw needsMoreMemory(sizeBytes, partSizeBytes);
  return partSizeBytes;
}

/** The parts in order; together they are [0, sizeBytes), none is empty. */
export function planParts(sizeBytes: number, partSizeBytes: number): readonly Part[] {
  return Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, index) => ({
    partNumber: index + 1,
    start: index * partSizeBytes,
    end: Math.min(sizeBytes, (index + 1) * partSizeBytes),
  }));
}

/** Twice the part: one is written while the next is read, and a share is reserved for small objects. */
const BUDGET_PARTS = 2;

function needsMoreMemory(sizeBytes: number, partSizeBytes: number): BridgeError {
  const partMebibytes = Math.ceil(partSizeBytes / MEBIBYTE);
  const budgetMebibytes = BUDGET_PARTS * partMebibytes;
  return new BridgeError({
    kind: 'permanent',
    code: 'object-needs-more-memory',
    message: `The object has ${sizeBytes} bytes; 10,000 parts of it have ${partMebibytes} MiB each, more than the worker may hold. Set MEMORY_BUDGET_MEBIBYTES=${budgetMebibytes} or more, on a machine that has it.`,
  });
}
