import { describe, expect } from 'vitest';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { checkpoint, copied, ledgerTest, present, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

export function countingContract(open: OpenLedger): void {
  describe('counting', () => {
    ledgerTest('counts a batch once, whoever settles it how often', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 2 });
      const batch = { backfill: row.backfill, batch: 'one', settled: [copied('a'), copied('b')], owed: [] };
      const results = await Promise.all([ledger, other, ledger].map(each => each.settleBatch(batch)));
      expect(results.sort()).toEqual(['already-settled', 'already-settled', 'settled']);
      expect(await countsOf(ledger, row.backfill)).toMatchObject({
        found: { objects: 2, bytes: 20 },
        byOutcome: { copied: { objects: 2, bytes: 20 } },
        remaining: { objects: 0, bytes: 0 },
        unpaidBatches: 0,
      });
      expect(await ledger.findBatch(batch)).toBeUndefined();
    });

    ledgerTest('owes the objects that a batch leaves, one row each', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 3 });
      const id = { backfill: row.backfill, batch: 'one' };
      await ledger.settleBatch({
        ...id,
        settled: [copied('a')],
        owed: [
          { key: 'c', sizeBytes: 7 },
          { key: 'b', sizeBytes: 5 },
        ],
      });
      expect(await ledger.owedObjectsOf(id)).toEqual([
        { ...id, key: 'b', sizeBytes: 5 },
        { ...id, key: 'c', sizeBytes: 7 },
      ]);
      expect(await ledger.findOwedObject({ ...id, key: 'c' })).toEqual({ ...id, key: 'c', sizeBytes: 7 });
      expect(await ledger.findOwedObject({ ...id, key: 'a' })).toBeUndefined();
      expect(await ledger.unpaid(row.backfill)).toBe(2);
      expect(await ledger.settleObject(id, copied('c', 8))).toBe('settled');
      expect(await ledger.settleObject(id, copied('c', 8))).toBe('already-settled');
      expect(await countsOf(ledger, row.backfill)).toMatchObject({
        found: { objects: 3, bytes: 23 },
        byOutcome: { copied: { objects: 2, bytes: 18 } },
        remaining: { objects: 1, bytes: 5 },
        unpaidObjects: 1,
      });
    });

    ledgerTest('counts keys that are gone as source-missing, and finds keys that are new', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { fewer: 3, more: 1 });
      await ledger.settleBatch({ backfill: row.backfill, batch: 'fewer', settled: [copied('a')], owed: [] });
      await ledger.settleBatch({
        backfill: row.backfill,
        batch: 'more',
        settled: [copied('m'), copied('n')],
        owed: [{ key: 'o', sizeBytes: 1 }],
      });
      expect(await countsOf(ledger, row.backfill)).toMatchObject({
        found: { objects: 6, bytes: 31 },
        byOutcome: { copied: { objects: 3, bytes: 30 }, 'source-missing': { objects: 2, bytes: 0 } },
        remaining: { objects: 1, bytes: 1 },
      });
    });

    ledgerTest('is not done while one worker owes what another found', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const row = await startBackfill(ledger);
      const next = await checkpoint(other, row, { one: 1 });
      await ledger.closeRange(next);
      expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
      await other.settleBatch({
        backfill: row.backfill,
        batch: 'one',
        settled: [],
        owed: [{ key: 'a', sizeBytes: 1 }],
      });
      expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
      await ledger.settleObject({ backfill: row.backfill, batch: 'one' }, copied('a'));
      expect(await other.completeIfPaid(row.backfill)).toBe(true);
    });

    ledgerTest('goes on for a backfill that was cancelled', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 1, two: 1 });
      await ledger.changeStatus(row.backfill, { from: ['running'], to: 'cancelled' });
      const batch = { backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] };
      expect(await ledger.settleBatch(batch)).toBe('settled');
      expect(await ledger.findBackfill(row.backfill)).toMatchObject({
        status: 'cancelled',
        counts: { byOutcome: { copied: { objects: 1 } }, unpaidBatches: 1 },
      });
    });

    ledgerTest('keeps sizes exact up to the largest safe integer', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const bytes = Number.MAX_SAFE_INTEGER;
      const batches = [{ batch: 'one', from: '', to: 'k', found: { objects: 1, bytes } }];
      await ledger.checkpointRange({ ...row, cursor: 'k', batches });
      expect((await countsOf(ledger, row.backfill)).remaining).toEqual({ objects: 1, bytes });
      await ledger.settleBatch({ backfill: row.backfill, batch: 'one', settled: [copied('a', bytes)], owed: [] });
      expect((await countsOf(ledger, row.backfill)).byOutcome.copied).toEqual({ objects: 1, bytes });
    });

    ledgerTest('knows nothing of rows that never were', open, async ({ ledger }) => {
      const id = { backfill: 'unknown', batch: 'unknown' };
      expect(await ledger.settleBatch({ ...id, settled: [copied('a')], owed: [] })).toBe('already-settled');
      expect(await ledger.settleObject(id, copied('a'))).toBe('already-settled');
      expect(await ledger.owedObjectsOf(id)).toEqual([]);
      expect(await ledger.unpaid('unknown')).toBe(0);
    });
  });
}

async function countsOf(ledger: Ledger, backfill: string) {
  return present(await ledger.findBackfill(backfill)).counts;
}
