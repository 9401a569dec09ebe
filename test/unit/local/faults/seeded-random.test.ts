import { expect, it } from 'vitest';
import { seededRandom } from '../../../../local/faults/seeded-random.ts';

const take = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

it('repeats itself for the same seed, and for no other', () => {
  expect(take(7, 20)).toEqual(take(7, 20));
  const firsts = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map(seed => take(seed, 2).join());
  expect(new Set(firsts).size).toBe(firsts.length);
});

it('spreads evenly from 0 to below 1', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const value of take(1, 10_000)) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1;
  expect(tenths).toHaveLength(10);
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
