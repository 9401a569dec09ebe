import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  contentBlock,
  readRepetition,
  startOf,
} from '../../../../../local/store/computed/content-block.ts';

function sha256(range: { start: number; end: number }): string {
  const hash = createHash('sha256');
  for (const bytes of readRepetition(range)) hash.update(bytes);
  return hash.digest('hex');
}

describe('computed content', () => {
  it('repeats after a prime number of bytes, so that nothing divides it', () => {
    for (let divisor = 2; divisor * divisor <= BLOCK_BYTES; divisor++) expect(BLOCK_BYTES % divisor).not.toBe(0);
    expect(contentBlock()).toHaveLength(BLOCK_BYTES);
  });

  it('is the same for every process', () => {
    expect(sha256({ start: 0, end: BLOCK_BYTES })).toBe(
      '80ec3022d9e706161d5284f9eed869f020f9916c4ea3141940ebd283a49928ba',
    );
  });

  it.each([
    [0, 0],
    [5, 6],
    [0, BLOCK_BYTES],
    [BLOCK_BYTES - 1, BLOCK_BYTES + 1],
    [3 * BLOCK_BYTES + 17, 5 * BLOCK_BYTES + 4],
  ])('reads [%i, %i) as slices of shared memory, none of them long', (start, end) => {
    const slices = [...readRepetition({ start, end })];
    expect(slices.every(slice => slice.buffer === contentBlock().buffer && slice.length <= 256 * 1024)).toBe(true);
    const bytes = Buffer.concat(slices);
    expect(bytes).toHaveLength(end - start);
    const isRight = bytes.every((byte, index) => byte === contentBlock()[(start + index) % BLOCK_BYTES]);
    expect(isRight).toBe(true);
  });

  it.each([5, 8, 16, 100])('has no two equal parts of %i MiB among 200', mebibytes => {
    const length = mebibytes * 2 ** 20;
    const begins = Array.from({ length: 200 }, (_, index) => (startOf('any') + index * length) % BLOCK_BYTES);
    expect(new Set(begins).size).toBe(200);
    const [first = 0, second = 0] = begins;
    expect(sha256({ start: first, end: first + 1000 })).not.toBe(sha256({ start: second, end: second + 1000 }));
  });

  it('begins elsewhere for another seed', () => {
    const places = new Set(Array.from({ length: 1000 }, (_, index) => startOf(`seed ${index}`)));
    // By chance about one pair in a thousand seeds would meet.
    expect(places.size).toBeGreaterThanOrEqual(995);
    expect([...places].every(place => place >= 0 && place < BLOCK_BYTES)).toBe(true);
  });
});
