import { describe, expect, test } from 'vitest';
import {
  partSizeFor,
  planParts,
  S3_MAX_OBJECT_BYTES,
  S3_MAX_PART_BYTES,
  S3_MAX_PARTS,
  S3_MIN_PART_BYTES,
} from '../../../../aws-worker/transfer/plan-parts.ts';
import { GIBIBYTE, MEBIBYTE, TEBIBYTE } from '../../../../shared/limits.ts';

const PREFERRED_BYTES = 8 * MEBIBYTE;
/** Where one more byte needs larger parts. */
const STEP_BYTES = S3_MAX_PARTS * PREFERRED_BYTES;

const SIZES = [
  0,
  1,
  S3_MIN_PART_BYTES,
  PREFERRED_BYTES - 1,
  PREFERRED_BYTES,
  PREFERRED_BYTES + 1,
  3 * PREFERRED_BYTES,
  5 * GIBIBYTE + 1,
  STEP_BYTES - 1,
  STEP_BYTES,
  STEP_BYTES + 1,
  S3_MAX_PARTS * 9 * MEBIBYTE + 1,
  TEBIBYTE,
  40 * TEBIBYTE + 7,
  S3_MAX_OBJECT_BYTES - 1,
  S3_MAX_OBJECT_BYTES,
];

describe.each(SIZES)('an object of %d bytes', sizeBytes => {
  const partSizeBytes = partSizeFor(sizeBytes, { preferredBytes: PREFERRED_BYTES });
  const parts = planParts(sizeBytes, partSizeBytes);

  test('has parts that S3 takes: few enough, large enough, not too large', () => {
    expect(parts.length).toBeLessThanOrEqual(S3_MAX_PARTS);
    expect(partSizeBytes).toBeGreaterThanOrEqual(Math.max(S3_MIN_PART_BYTES, PREFERRED_BYTES));
    expect(partSizeBytes).toBeLessThanOrEqual(S3_MAX_PART_BYTES);
    const wrong = parts.filter(({ start, end }, index) => end - start !== partSizeBytes && index < parts.length - 1);
    expect(wrong).toEqual([]);
  });

  test('is covered by them exactly, in order, none of them empty', () => {
    let end = 0;
    for (const [index, part] of parts.entries()) {
      if (part.partNumber !== index + 1 || part.start !== end || part.end <= part.start) {
        expect.fail(`part ${JSON.stringify(part)} after ${end}`);
      }
      end = part.end;
    }
    expect(end).toBe(sizeBytes);
  });
});

test('parts grow no more than needed, in whole MiB', () => {
  expect(partSizeFor(STEP_BYTES, { preferredBytes: PREFERRED_BYTES })).toBe(PREFERRED_BYTES);
  expect(partSizeFor(STEP_BYTES + 1, { preferredBytes: PREFERRED_BYTES })).toBe(PREFERRED_BYTES + MEBIBYTE);
  expect(partSizeFor(S3_MAX_OBJECT_BYTES, { preferredBytes: PREFERRED_BYTES })).toBe(S3_MAX_PART_BYTES);
});

test('a preferred size below what S3 takes is raised', () => {
  expect(partSizeFor(100, { preferredBytes: 1 })).toBe(S3_MIN_PART_BYTES);
});

test('an object beyond 48.8 TiB is refused for good', () => {
  expect(() => partSizeFor(S3_MAX_OBJECT_BYTES + 1, { preferredBytes: PREFERRED_BYTES })).toThrow(
    expect.objectContaining({ kind: 'permanent', code: 'object-too-large' }),
  );
});

describe('a part that may not be held', () => {
  const limits = { preferredBytes: PREFERRED_BYTES, maxBytes: 56 * MEBIBYTE };
  const most = S3_MAX_PARTS * limits.maxBytes;

  test('is not planned; up to there all is', () => {
    expect(partSizeFor(most, limits)).toBe(limits.maxBytes);
    expect(() => partSizeFor(most + 1, limits)).toThrow(
      expect.objectContaining({ kind: 'permanent', code: 'object-needs-more-memory' }),
    );
  });

  test('can be, with the setting that the error names', () => {
    for (const sizeBytes of [TEBIBYTE, S3_MAX_OBJECT_BYTES]) {
      let message = '';
      try {
        partSizeFor(sizeBytes, limits);
      } catch (error) {
        message = String(error);
      }
      const mebibytes = Number(/MEMORY_BUDGET_MEBIBYTES=(\d+)/.exec(message)?.[1]);
      const maxBytes = (mebibytes * MEBIBYTE * 7) / 8;
      expect(partSizeFor(sizeBytes, { ...limits, maxBytes })).toBeLessThanOrEqual(maxBytes);
    }
  });
});
