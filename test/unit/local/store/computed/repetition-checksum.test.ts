import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRC32, CRC64, RepetitionChecksum } from '../../../../../local/store/computed/repetition-checksum.ts';
import { crc32 } from '../../../../../shared/checksums/crc32.ts';
import { combineCrc64, crc64 } from '../../../../../shared/checksums/crc64.ts';

// Longer than three milestones, and not a multiple of one.
const block = randomBytes(200_003);
const repeated = Buffer.concat(Array.from({ length: 8 }, () => block));
const crc32s = new RepetitionChecksum(block, CRC32);
const crc64s = new RepetitionChecksum(block, CRC64);

describe('the checksum of a stretch of a repetition', () => {
  it('is that of its bytes, wherever it begins and ends', () => {
    const place = fc.oneof(
      fc.nat(repeated.length),
      fc.constantFrom(0, 1, block.length - 1, block.length, block.length + 1, 7 * block.length, repeated.length),
    );
    fc.assert(
      fc.property(place, place, (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        const bytes = repeated.subarray(range.start, range.end);
        expect(crc32s.ofRange(range)).toBe(crc32(bytes));
        expect(crc64s.ofRange(range)).toBe(crc64(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it('of 20 GiB is what its two halves combine to, and of 40 TiB is still had at once', () => {
    const tebibyte = 2 ** 40;
    for (const length of [20 * 2 ** 30, 40 * tebibyte]) {
      const [start, middle, end] = [12_345, 12_345 + length / 2 + 7, 12_345 + length];
      const halves = [crc64s.ofRange({ start, end: middle }), crc64s.ofRange({ start: middle, end })] as const;
      expect(combineCrc64(...halves, end - middle)).toBe(crc64s.ofRange({ start, end }));
    }
  });
});
