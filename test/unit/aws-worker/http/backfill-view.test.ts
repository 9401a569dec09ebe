import { describe, expect, test } from 'vitest';
import { viewBackfill } from '../../../../aws-worker/http/backfill-view.ts';
import type { Backfill, BackfillCounts, BackfillStatus, Counts } from '../../../../aws-worker/ledger/ledger.ts';
import { OUTCOMES } from '../../../../aws-worker/transfer/outcome.ts';
import { aBackfill, NOW, outcomeCounts } from './app-fixture.ts';

function counts(given: Partial<BackfillCounts>): BackfillCounts {
  return { ...aBackfill().counts, ...given };
}

function view(given: Partial<Backfill>) {
  return viewBackfill(aBackfill(given), NOW);
}

describe('the state of a backfill', () => {
  const cases: readonly [BackfillStatus, number, string][] = [
    ['running', 1, 'listing'],
    ['running', 0, 'copying'],
    ['paused', 1, 'paused'],
    ['cancelled', 1, 'cancelled'],
    ['done', 0, 'done'],
  ];
  test.each(cases)('%s with %i open ranges is %s', (status, openRanges, state) => {
    expect(view({ status, counts: counts({ openRanges }) }).state).toBe(state);
  });
});

test('every outcome of the ledger has its own count, in objects and in bytes', () => {
  const byOutcome = Object.fromEntries(
    OUTCOMES.map((kind, index): [string, Counts] => [kind, { objects: index + 1, bytes: (index + 1) * 10 }]),
  );
  const body = view({
    counts: counts({
      found: { objects: 30, bytes: 300 },
      byOutcome: outcomeCounts(byOutcome),
      remaining: { objects: 9, bytes: 90 },
    }),
  });
  expect(body).toMatchObject({
    found: 30,
    copied: 1,
    skipped: 2,
    sourceMissing: 3,
    archived: 4,
    unverified: 5,
    failed: 6,
    remaining: 9,
    bytes: {
      found: 300,
      copied: 10,
      skipped: 20,
      sourceMissing: 30,
      archived: 40,
      unverified: 50,
      failed: 60,
      remaining: 90,
    },
  });
});

describe('the time left', () => {
  const settled = (objects: number, bytes: number, left: Counts): Partial<BackfillCounts> => ({
    found: { objects: objects + left.objects, bytes: bytes + left.bytes },
    byOutcome: outcomeCounts({ copied: { objects, bytes } }),
    remaining: left,
  });
  // All after 100 seconds.
  const cases: readonly [string, Partial<Backfill>, number | null][] = [
    ['is unknown while listing', { counts: counts({ openRanges: 1 }) }, null],
    ['is unknown before anything was settled', { counts: counts(settled(0, 0, { objects: 5, bytes: 50 })) }, null],
    ['goes by objects when they take longer', { counts: counts(settled(10, 90, { objects: 20, bytes: 10 })) }, 200],
    ['goes by bytes when they take longer', { counts: counts(settled(10, 10, { objects: 5, bytes: 70 })) }, 700],
    ['goes by objects when all were empty', { counts: counts(settled(10, 0, { objects: 5, bytes: 70 })) }, 50],
    ['is rounded up', { counts: counts(settled(3, 3, { objects: 1, bytes: 1 })) }, 34],
    ['is none when nothing remains', { counts: counts(settled(3, 3, { objects: 0, bytes: 0 })) }, 0],
    ['is none when it is done', { status: 'done', endedAt: NOW }, 0],
    ['is unknown while it is paused', { status: 'paused' }, null],
    ['is unknown when it was cancelled', { status: 'cancelled', endedAt: NOW }, null],
  ];
  test.each(cases)('%s', (_promise, given, etaSeconds) => {
    expect(view(given).etaSeconds).toBe(etaSeconds);
  });
});

describe('rates', () => {
  test('count what ended, and the bytes that were written', () => {
    const byOutcome = outcomeCounts({
      copied: { objects: 50, bytes: 900_000_000 },
      unverified: { objects: 10, bytes: 100_000_000 },
      skipped: { objects: 40, bytes: 5_000_000_000 },
    });
    const body = view({
      counts: counts({
        byOutcome,
        found: { objects: 130, bytes: 9e9 },
        remaining: { objects: 30, bytes: 3e9 },
      }),
    });
    expect(body).toMatchObject({ objectsPerSecond: 1, megabytesPerSecond: 10 });
  });

  test('stand still once it has ended', () => {
    const endedAt = new Date(NOW.getTime() - 50_000);
    expect(view({ status: 'done', endedAt })).toMatchObject({ objectsPerSecond: 2, endedAt: endedAt.toISOString() });
  });

  test.each([
    ['it was created this moment', NOW],
    ['the clocks of two machines differ', new Date(NOW.getTime() + 5000)],
  ])('are 0 when %s', (_case, createdAt) => {
    expect(view({ createdAt })).toMatchObject({ objectsPerSecond: 0, megabytesPerSecond: 0 });
  });
});

test('a reason is there only when there is one', () => {
  expect(view({ status: 'paused', reason: 'No credentials.' }).reason).toBe('No credentials.');
  expect(view({})).not.toHaveProperty('reason');
});
