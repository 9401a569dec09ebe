import { describe, expect, test } from 'vitest';
import { backoffMilliseconds, wait } from '../../../shared/backoff.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';

const OPTIONS = { baseMilliseconds: 100, maximumMilliseconds: 1_000 };
const asked = (retryAfterMilliseconds: number) =>
  new BridgeError({ kind: 'retryable', code: 'source-throttled', message: 'Later.', retryAfterMilliseconds });

describe('the wait before the next try', () => {
  test.each([
    [0, 100],
    [1, 200],
    [3, 800],
    [4, 1_000],
    [40, 1_000],
    [2_000, 1_000],
  ])('after %d tries before is anything up to %d ms', (attempt, ceiling) => {
    expect(backoffMilliseconds(attempt, { ...OPTIONS, random: () => 0 })).toBe(0);
    expect(backoffMilliseconds(attempt, { ...OPTIONS, random: () => 0.5 })).toBe(ceiling / 2);
    expect(backoffMilliseconds(attempt, { ...OPTIONS, random: () => 1 })).toBe(ceiling);
  });

  test('is never shorter than the server asked for, and not longer because of it', () => {
    expect(backoffMilliseconds(0, { ...OPTIONS, random: () => 0 }, asked(7_000))).toBe(7_000);
    expect(backoffMilliseconds(3, { ...OPTIONS, random: () => 1 }, asked(5))).toBe(800);
    expect(backoffMilliseconds(0, { ...OPTIONS, random: () => 0 }, new Error('no wish'))).toBe(0);
  });

  test('differs from one worker to the next', () => {
    const waits = new Set(
      Array.from({ length: 20 }, () => backoffMilliseconds(30, { ...OPTIONS, maximumMilliseconds: 1e9 })),
    );
    expect(waits.size).toBeGreaterThan(10);
  });
});

describe('waiting', () => {
  const reason = new BridgeError({ kind: 'cancelled', code: 'receipt-lost', message: 'Lost.' });

  test('ends with the reason of an abort, before or meanwhile', async () => {
    await expect(wait(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const waiting = wait(60_000, stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('is cancelled by an abort without a reason of ours', async () => {
    await expect(wait(60_000, AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled', code: 'cancelled' });
  });

  test('ends by itself', async () => {
    await expect(wait(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
