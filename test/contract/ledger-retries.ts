import { describe, expect } from 'vitest';
import type { Ledger, RangeRow, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { OUTCOMES } from '../../aws-worker/transfer/outcome.ts';
import { checkpoint, copied, ledgerTest, present, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

const LONG_AGO = new Date(0);

function failed(key: string, sizeBytes = 10): SettledObject {
  return { key, kind: 'failed', sizeBytes, code: 'denied', reason: 'Not allowed.' };
}

/** A backfill that is done: `keys` failed, one was copied. */
async function doneWithFailures(ledger: Ledger, keys: readonly string[]): Promise<string> {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  const next = await checkpoint(ledger, row, { one: keys.length + 1 });
  const settled = [...keys.map(key => failed(key)), copied('copied')];
  await ledger.settleBatch({ backfill, batch: 'one', settled, owed: [] });
  await ledger.closeRange(next);
  expect(await ledger.completeIfPaid(backfill)).toBe(true);
  return backfill;
}

/** The range that a retry made. */
async function retryRange(ledger: Ledger, backfill: string): Promise<RangeRow> {
  const { ranges } = await ledger.claimSilent({ before: LONG_AGO, limit: 9 });
  const range = ranges.find(each => each.backfill === backfill);
  return present(await ledger.findRange(present(range)));
}

const failuresOf = async (ledger: Ledger, backfill: string, after = '') =>
  await ledger.listFailures({ backfill, after, limit: 45 });

async function countsOf(ledger: Ledger, backfill: string) {
  const { counts } = present(await ledger.findBackfill(backfill));
  const outcomes = OUTCOMES.map(kind => counts.byOutcome[kind]);
  const sum = [...outcomes, counts.remaining].reduce((total, { objects, bytes }) => ({
    objects: total.objects + objects,
    bytes: total.bytes + bytes,
  }));
  expect(sum).toEqual(counts.found);
  return counts;
}

export function retryContract(open: OpenLedger): void {
  describe('a retry', () => {
    ledgerTest('makes what failed owed again, and the backfill run until it is done again', open, async fixture => {
      const { ledger, clock } = fixture;
      const backfill = await doneWithFailures(ledger, ['a', 'b', 'c']);
      expect(await ledger.retryFailed(backfill)).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({ status: 'running', endedAt: undefined });
      expect(await ledger.completeIfPaid(backfill)).toBe(false);
      const row = await retryRange(ledger, backfill);
      expect(row).toMatchObject({ lists: 'failures', cursor: '', unsent: { batches: [], ranges: [], objects: [] } });
      const failures = await failuresOf(ledger, backfill);
      const next = present(await ledger.checkpointRetry({ ...row, batch: 'again', failures }));
      expect(next.cursor).toBe('c');
      const owed = ['a', 'b', 'c'].map(key => ({ backfill, batch: 'again', key, sizeBytes: 10 }));
      expect(next.unsent).toEqual({ batches: [], ranges: [], objects: owed });
      expect(await ledger.findRange(row)).toEqual(next);
      expect(await ledger.owedObjectsOf({ backfill, batch: 'again' })).toEqual(owed);
      expect(await failuresOf(ledger, backfill)).toEqual([]);
      expect(await countsOf(ledger, backfill)).toMatchObject({
        byOutcome: { failed: { objects: 0, bytes: 0 }, copied: { objects: 1 } },
        remaining: { objects: 3, bytes: 30 },
        unpaidObjects: 3,
      });
      await ledger.closeRange(next);
      for (const key of ['a', 'b']) await ledger.settleObject({ backfill, batch: 'again' }, copied(key, 7));
      expect(await ledger.completeIfPaid(backfill)).toBe(false);
      await ledger.settleObject({ backfill, batch: 'again' }, failed('c'));
      clock.advanceSeconds(5);
      expect(await ledger.completeIfPaid(backfill)).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({ status: 'done', endedAt: clock.now() });
      expect(await countsOf(ledger, backfill)).toMatchObject({
        byOutcome: { failed: { objects: 1 }, copied: { objects: 3, bytes: 24 } },
      });
      expect((await failuresOf(ledger, backfill)).map(({ key }) => key)).toEqual(['c']);
    });

    ledgerTest('goes a bounded number of failures at a time, exact in between', open, async ({ ledger }) => {
      const keys = ['a', 'b', 'c', 'd', 'e'];
      const backfill = await doneWithFailures(ledger, keys);
      await ledger.retryFailed(backfill);
      let row = await retryRange(ledger, backfill);
      for (const expected of [2, 4, 5]) {
        const failures = await ledger.listFailures({ backfill, after: row.cursor, limit: 2 });
        row = present(await ledger.checkpointRetry({ ...row, batch: `again-${expected}`, failures }));
        expect(await countsOf(ledger, backfill)).toMatchObject({
          byOutcome: { failed: { objects: keys.length - expected, bytes: (keys.length - expected) * 10 } },
          remaining: { objects: expected, bytes: expected * 10 },
        });
        expect(row.unsent.objects.map(({ batch }) => batch)).toContain(`again-${expected}`);
      }
      expect(await ledger.markSent(row)).toBe(true);
      expect(present(await ledger.findRange(row)).unsent.objects).toEqual([]);
    });

    ledgerTest('names as unsent what is still owed, no more', open, async ({ ledger }) => {
      const backfill = await doneWithFailures(ledger, ['a', 'b']);
      await ledger.retryFailed(backfill);
      const row = await retryRange(ledger, backfill);
      const failures = await failuresOf(ledger, backfill);
      await ledger.checkpointRetry({ ...row, batch: 'again', failures });
      await ledger.settleObject({ backfill, batch: 'again' }, copied('a'));
      expect(present(await ledger.findRange(row)).unsent.objects.map(({ key }) => key)).toEqual(['b']);
    });

    ledgerTest('lets one of two workers move each failure', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const backfill = await doneWithFailures(ledger, ['a', 'b']);
      await ledger.retryFailed(backfill);
      const row = await retryRange(ledger, backfill);
      const failures = await failuresOf(ledger, backfill);
      const answers = await Promise.all(
        [ledger, other].map((each, index) => each.checkpointRetry({ ...row, batch: `again-${index}`, failures })),
      );
      expect(answers.filter(answer => answer !== undefined)).toHaveLength(1);
      expect(await countsOf(ledger, backfill)).toMatchObject({ remaining: { objects: 2 }, unpaidObjects: 2 });
    });

    ledgerTest('passes over what is not on the list any more', open, async ({ ledger }) => {
      const backfill = await doneWithFailures(ledger, ['a']);
      await ledger.retryFailed(backfill);
      const row = await retryRange(ledger, backfill);
      const failures = [...(await failuresOf(ledger, backfill)), { key: 'never failed' }];
      const next = present(await ledger.checkpointRetry({ ...row, batch: 'again', failures }));
      expect(next.unsent.objects.map(({ key }) => key)).toEqual(['a']);
      expect((await countsOf(ledger, backfill)).remaining.objects).toBe(1);
    });

    ledgerTest('is begun once, also when several workers are asked at once', open, async ({ ledger, opened }) => {
      const backfill = await doneWithFailures(ledger, ['a']);
      const other = await opened.attach('other');
      const answers = await Promise.all([ledger, other, ledger].map(each => each.retryFailed(backfill)));
      expect(answers.filter(isBegun => isBegun)).toHaveLength(1);
      expect((await countsOf(ledger, backfill)).openRanges).toBe(1);
    });

    ledgerTest(
      'is not begun where nothing failed, or the backfill is cancelled or unknown',
      open,
      async ({ ledger }) => {
        const done = await doneWithFailures(ledger, []);
        expect(await ledger.retryFailed(done)).toBe(false);
        expect(await ledger.statusOf(done)).toBe('done');
        const row = await startBackfill(ledger);
        await checkpoint(ledger, row, { two: 1 });
        await ledger.settleBatch({ backfill: row.backfill, batch: 'two', settled: [failed('a')], owed: [] });
        await ledger.changeStatus(row.backfill, { from: ['running'], to: 'cancelled' });
        expect(await ledger.retryFailed(row.backfill)).toBe(false);
        expect(await ledger.statusOf(row.backfill)).toBe('cancelled');
        expect(await ledger.retryFailed('unknown')).toBe(false);
      },
    );

    ledgerTest('of a paused backfill leaves it paused, and is silent until it is resumed', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const { backfill } = row;
      await checkpoint(ledger, row, { one: 1 });
      await ledger.settleBatch({ backfill, batch: 'one', settled: [failed('a')], owed: [] });
      await ledger.changeStatus(backfill, { from: ['running'], to: 'paused', reason: 'denied' });
      expect(await ledger.retryFailed(backfill)).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({ status: 'paused', reason: 'denied' });
      expect((await ledger.claimSilent({ before: LONG_AGO, limit: 9 })).ranges).toEqual([]);
      await ledger.changeStatus(backfill, { from: ['paused'], to: 'running' });
      expect((await ledger.claimSilent({ before: LONG_AGO, limit: 9 })).ranges).toHaveLength(2);
    });

    ledgerTest('takes no failure of another backfill, nor of live events', open, async ({ ledger, clock }) => {
      const other = await doneWithFailures(ledger, ['a']);
      const backfill = await doneWithFailures(ledger, ['a']);
      const live = { key: 'a', sizeBytes: 1, code: 'denied', reason: 'Not allowed.', at: clock.now() };
      await ledger.recordLiveFailure(live);
      await ledger.retryFailed(backfill);
      const row = await retryRange(ledger, backfill);
      await ledger.checkpointRetry({ ...row, batch: 'again', failures: [{ key: 'a' }] });
      expect(await failuresOf(ledger, other)).toHaveLength(1);
      expect(await ledger.listFailures({ backfill: undefined, after: '', limit: 9 })).toEqual([live]);
      expect((await countsOf(ledger, other)).byOutcome.failed.objects).toBe(1);
    });
  });
}
