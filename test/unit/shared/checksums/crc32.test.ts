import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineCrc32, crc32, crc32FromBase64, crc32ToBase64 } from '../../../../shared/checksums/crc32.ts';
import { GIBIBYTE } from '../../../../shared/limits.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const checksum = fc.nat(0xffffffff);

test.each([
  ['', 0],
  ['123456789', 0xcbf43926],
])('of %o is the published check value', (text, expected) => {
  expect(crc32(Buffer.from(text))).toBe(expected);
});

test('of pieces, one after the other, is that of the whole: also when some are empty', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), pieces => {
      expect(pieces.reduce((seed, piece) => crc32(piece, seed), 0)).toBe(crc32(Buffer.concat(pieces)));
    }),
  );
});

test('combined from those of two pieces, is that of the whole', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
  );
});

test('combined in any grouping, is the same: also for lengths beyond 32 bits', () => {
  const length = fc.nat(5 * GIBIBYTE);
  fc.assert(
    fc.property(checksum, checksum, checksum, length, length, (a, b, c, lengthOfB, lengthOfC) => {
      const left = combineCrc32(combineCrc32(a, b, lengthOfB), c, lengthOfC);
      expect(left).toBe(combineCrc32(a, combineCrc32(b, c, lengthOfC), lengthOfB + lengthOfC));
    }),
  );
});

test('travels as base64 of four bytes, big-endian', () => {
  expect(crc32ToBase64(0xcbf43926)).toBe('y/Q5Jg==');
  fc.assert(
    fc.property(checksum, value => {
      expect(crc32FromBase64(crc32ToBase64(value))).toBe(value);
    }),
  );
});

test.each(['', 'AAAA', 'AAAAAAA=', 'y/Q5Jg', 'y_Q5Jg==', 'y/Q5Jg==-3', ' y/Q5Jg==', '!!!!!!=='])(
  'is not read from %o',
  text => {
    expect(crc32FromBase64(text)).toBeUndefined();
  },
);
