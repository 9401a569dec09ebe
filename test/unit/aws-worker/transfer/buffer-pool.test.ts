import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBufferPool, sizeClassBytes } from '../../../../aws-worker/transfer/buffer-pool.ts';

const KIB = 1024;

test.each([
  [0, 4 * KIB],
  [4 * KIB, 4 * KIB],
  [4 * KIB + 1, 8 * KIB],
  [5_000_000, 8 * KIB * KIB],
  [2 ** 31 + 1, 2 ** 32],
])('%d bytes are taken from buffers of %d', (minBytes, expected) => {
  expect(sizeClassBytes(minBytes)).toBe(expected);
});

describe('a pool', () => {
  test('lends a buffer again once it was given back', () => {
    const pool = createBufferPool({ maxIdleBytes: 64 * KIB });
    const first = pool.take(5 * KIB);
    expect(pool.take(5 * KIB)).not.toBe(first);
    pool.give(first);
    expect(pool.idleBytes).toBe(8 * KIB);
    expect(pool.take(6 * KIB)).toBe(first);
    expect(pool.idleBytes).toBe(0);
  });

  test('lends parts exactly as long as they are', () => {
    const pool = createBufferPool({ maxIdleBytes: 64 * KIB });
    const part = pool.takeExactly(5_001);
    expect(part).toHaveLength(5_001);
    pool.give(part);
    expect(pool.takeExactly(5_001)).toBe(part);
  });

  test('never lends a slice of shared memory', () => {
    const buffer = createBufferPool({ maxIdleBytes: 0 }).takeExactly(10);
    expect(buffer.buffer.byteLength).toBe(10);
  });

  test('drops the size that was unused for longest when it has too much', () => {
    const pool = createBufferPool({ maxIdleBytes: 24 * KIB });
    const [old, recent, newest] = [pool.take(8 * KIB), pool.take(4 * KIB), pool.take(16 * KIB)];
    pool.give(old);
    pool.give(recent);
    pool.give(newest);
    expect(pool.idleBytes).toBe(20 * KIB);
    expect(pool.take(4 * KIB)).toBe(recent);
    expect(pool.take(16 * KIB)).toBe(newest);
    expect(pool.take(8 * KIB)).not.toBe(old);
  });

  test('keeps nothing that is larger than all it may keep', () => {
    const pool = createBufferPool({ maxIdleBytes: 8 * KIB });
    const small = pool.take(1);
    pool.give(small);
    pool.give(pool.take(16 * KIB));
    expect(pool.idleBytes).toBe(4 * KIB);
    expect(pool.take(1)).toBe(small);
  });

  test('refuses a buffer given twice, a slice, and one it never lent', () => {
    const pool = createBufferPool({ maxIdleBytes: 64 * KIB });
    const buffer = pool.take(1);
    for (const foreign of [buffer.subarray(0, 10), Buffer.alloc(4 * KIB)]) {
      expect(() => pool.give(foreign)).toThrow(expect.objectContaining({ code: 'foreign-buffer' }));
    }
    pool.give(buffer);
    expect(() => pool.give(buffer)).toThrow(expect.objectContaining({ code: 'foreign-buffer' }));
  });

  test('never keeps more than its maximum, and never lends one buffer twice', () => {
    const step = fc.record({ bytes: fc.integer({ min: 0, max: 40 * KIB }), isExact: fc.boolean(), gives: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const pool = createBufferPool({ maxIdleBytes: 64 * KIB });
        const out = new Set<Buffer>();
        for (const { bytes, isExact, gives } of steps) {
          const buffer = isExact ? pool.takeExactly(bytes) : pool.take(bytes);
          expect(out.has(buffer)).toBe(false);
          expect(buffer.length).toBeGreaterThanOrEqual(bytes);
          out.add(buffer);
          for (const given of [...out].slice(0, gives)) {
            out.delete(given);
            pool.give(given);
            expect(pool.idleBytes).toBeLessThanOrEqual(64 * KIB);
          }
        }
      }),
    );
  });
});
