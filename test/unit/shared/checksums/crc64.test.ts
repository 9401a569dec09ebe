import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Crc64, combineCrc64, crc64 } from '../../../../shared/checksums/crc64.ts';
import { GIBIBYTE } from '../../../../shared/limits.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

/** Bit by bit, as the definition says. */
function slowCrc64(input: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of input) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return crc ^ 0xffffffffffffffffn;
}

test.each([
  ['', 0n],
  ['123456789', 0x995dc9bbdf1939fan],
])('of %o is the published check value', (text, expected) => {
  expect(crc64(Buffer.from(text))).toBe(expected);
});

test('is what the definition says, for every length and alignment', () => {
  fc.assert(
    fc.property(bytes, fc.nat(8), (input, start) => {
      expect(crc64(input.subarray(start))).toBe(slowCrc64(input.subarray(start)));
    }),
  );
});

test('of pieces, one after the other, is that of the whole', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), pieces => {
      const running = new Crc64();
      for (const piece of pieces) running.update(piece);
      expect(running.digest()).toBe(crc64(Buffer.concat(pieces)));
    }),
  );
});

test('asked for in between, goes on', () => {
  const running = new Crc64().update(Buffer.from('1234'));
  expect(running.digest()).toBe(crc64(Buffer.from('1234')));
  expect(running.update(Buffer.from('56789')).digest()).toBe(0x995dc9bbdf1939fan);
});

test('combined from those of two pieces, is that of the whole', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(combineCrc64(crc64(a), crc64(b), b.length)).toBe(crc64(Buffer.concat([a, b])));
    }),
  );
});

test('combined in any grouping, is the same: also for lengths that no buffer has', () => {
  const checksum = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const length = fc.nat(5 * GIBIBYTE);
  fc.assert(
    fc.property(checksum, checksum, checksum, length, length, (a, b, c, lengthOfB, lengthOfC) => {
      const left = combineCrc64(combineCrc64(a, b, lengthOfB), c, lengthOfC);
      const right = combineCrc64(a, combineCrc64(b, c, lengthOfC), lengthOfB + lengthOfC);
      expect(left).toBe(right);
    }),
  );
});
