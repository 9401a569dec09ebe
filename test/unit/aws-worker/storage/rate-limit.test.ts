import { describe, expect, test } from 'vitest';
import { createTrafficLimits, TokenBucket } from '../../../../aws-worker/storage/rate-limit.ts';

function bucketOf(unitsPerSecond: number, burstUnits: number) {
  const clock = { milliseconds: 1000 };
  const bucket = new TokenBucket({ unitsPerSecond, burstUnits, now: () => clock.milliseconds });
  return { clock, bucket };
}

describe('a token bucket', () => {
  test('gives the burst at once, then makes each taker wait for its turn', () => {
    const { bucket } = bucketOf(10, 2);
    expect([1, 2, 3, 4].map(() => bucket.take(1))).toEqual([0, 0, 100, 200]);
  });

  test('refills with time, never above the burst', () => {
    const { bucket, clock } = bucketOf(10, 2);
    bucket.take(2);
    clock.milliseconds += 100;
    expect(bucket.take(1)).toBe(0);
    clock.milliseconds += 1_000_000;
    expect([bucket.take(2), bucket.take(1)]).toEqual([0, 100]);
  });

  test('lets a taker through that is larger than the burst', () => {
    const { bucket } = bucketOf(1000, 10);
    expect(bucket.take(1010)).toBe(1000);
  });

  test('keeps the long-run rate for takers that wait as told', () => {
    const { bucket, clock } = bucketOf(1_000_000, 1000);
    const start = clock.milliseconds;
    for (let index = 0; index < 100; index++) clock.milliseconds += bucket.take(65_536);
    const unitsPerSecond = (100 * 65_536) / ((clock.milliseconds - start) / 1000);
    expect(unitsPerSecond).toBeGreaterThan(990_000);
    expect(unitsPerSecond).toBeLessThan(1_010_000);
  });

  test('is not confused by a clock that goes back', () => {
    const { bucket, clock } = bucketOf(10, 1);
    bucket.take(1);
    clock.milliseconds -= 500;
    expect(bucket.take(1)).toBe(100);
  });
});

describe('traffic limits', () => {
  const signal = AbortSignal.abort();

  test('limit nothing unless told to', async () => {
    const limits = createTrafficLimits({});
    expect(limits.bytes(1e12, signal)).toBeUndefined();
    await limits.request(signal);
  });

  test('count megabits as a million bits', async () => {
    const limits = createTrafficLimits({ maxMegabitsPerSecond: 8, now: () => 0 });
    // The burst: a tenth of a second at 8 Mbit/s.
    expect(limits.bytes(100_000, signal)).toBeUndefined();
    await expect(limits.bytes(100_000, signal)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  test('end their wait when the signal aborts', async () => {
    const limits = createTrafficLimits({ maxRequestsPerSecond: 0.001 });
    const controller = new AbortController();
    await limits.request(controller.signal);
    const waiting = limits.request(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
