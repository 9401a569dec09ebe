// Settlements and rows beyond what one request of some ledgers can carry: a batch whose interval has grown a lot since it was listed.

import { describe, expect } from 'vitest';
import type { Ledger, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import { checkpoint, copied, ledgerTest, present, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

/** Longer than any row's fixed part; together with many keys, megabytes. */
const LONG_KEY_BYTES = 1_000;

function keysOf(prefix: string, count: number, bytes = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`.padEnd(bytes, '~'));
}

function failed(key: string): SettledObject {
  return { key, kind: 'failed', sizeBytes: 3, code: 'denied', reason: 'Not allowed.' };
}

/** What a batch of 90 found, years later. */
const GROWN = {
  settled: [...keysOf('a', 150).map(key => copied(key)), ...keysOf('f', 130).map(failed)],
  // Some between, some after.
  owed: [...keysOf('c', 65), ...keysOf('z', 65)].map(key => ({ key, sizeBytes: 7 })),
};
const GROWN_COUNTS = {
  found: { objects: 410, bytes: 150 * 10 + 130 * 3 + 130 * 7 },
  byOutcome: {
    copied: { objects: 150, bytes: 1500 },
    failed: { objects: 130, bytes: 390 },
    'source-missing': { objects: 0 },
  },
  remaining: { objects: 130, bytes: 910 },
  unpaidBatches: 0,
  unpaidObjects: 130,
};

async function countsOf(ledger: Ledger, backfill: string) {
  return present(await ledger.findBackfill(backfill)).counts;
}

async function failuresOf(ledger: Ledger, backfill: string): Promise<readonly string[]> {
  return (await ledger.listFailures({ backfill, after: '', limit: 1000 })).map(({ key }) => key);
}

export function largeContract(open: OpenLedger): void {
  describe('a batch that has grown', () => {
    ledgerTest('counts each key once, and leaves what it owes under its name', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const next = await checkpoint(ledger, row, { one: 90 });
      const id = { backfill: row.backfill, batch: 'one' };
      expect(await ledger.settleBatch({ ...id, ...GROWN })).toBe('settled');
      expect(await ledger.settleBatch({ ...id, ...GROWN })).toBe('already-settled');
      expect(await countsOf(ledger, row.backfill)).toMatchObject(GROWN_COUNTS);
      const owed = await ledger.owedObjectsOf(id);
      expect(owed).toEqual(GROWN.owed.map(object => ({ ...id, ...object })));
      expect(await failuresOf(ledger, row.backfill)).toEqual(keysOf('f', 130));
      expect(await ledger.unpaid(row.backfill)).toBe(130);
      await ledger.closeRange(next);
      const signal = new AbortController().signal;
      await forEachConcurrently(owed.slice(1), { limit: 16, signal }, async ({ key }) => {
        expect(await ledger.settleObject(id, copied(key, 7))).toBe('settled');
      });
      expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
      await ledger.settleObject(id, copied(owed[0]?.key ?? '', 7));
      expect(await ledger.completeIfPaid(row.backfill)).toBe(true);
    });

    ledgerTest('is counted once when two workers settle it at once', open, async ({ ledger, opened }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 90, two: 1 });
      const other = await opened.attach('other');
      const batch = { backfill: row.backfill, batch: 'one', ...GROWN };
      const results = await Promise.all([ledger, other, ledger].map(each => each.settleBatch(batch)));
      expect(results.sort()).toEqual(['already-settled', 'already-settled', 'settled']);
      expect(await countsOf(ledger, row.backfill)).toMatchObject({
        ...GROWN_COUNTS,
        found: { objects: GROWN_COUNTS.found.objects + 1 },
        remaining: { objects: GROWN_COUNTS.remaining.objects + 1 },
        unpaidBatches: 1,
      });
    });

    ledgerTest('names a key once, as it was settled first, however often it is named', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 300 });
      const keys = keysOf('k', 120);
      const settled = [...keys.map(failed), ...keys.map(key => copied(key))];
      const owed = [...keys, 'owed', 'owed'].map(key => ({ key, sizeBytes: 7 }));
      await ledger.settleBatch({ backfill: row.backfill, batch: 'one', settled, owed });
      expect(await countsOf(ledger, row.backfill)).toMatchObject({
        found: { objects: 300, bytes: 120 * 3 + 7 },
        byOutcome: { failed: { objects: 120 }, copied: { objects: 0 }, 'source-missing': { objects: 179, bytes: 0 } },
        remaining: { objects: 1, bytes: 7 },
      });
    });
  });

  describe('long keys', () => {
    ledgerTest('come back by the thousand', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 1 });
      const id = { backfill: row.backfill, batch: 'one' };
      const keys = keysOf('k', 1100, LONG_KEY_BYTES);
      const owed = keys.map(key => ({ key, sizeBytes: 1 }));
      expect(await ledger.settleBatch({ ...id, settled: [], owed })).toBe('settled');
      expect((await ledger.owedObjectsOf(id)).map(({ key }) => key)).toEqual(keys);
      clock.advanceSeconds(1);
      const claimed: string[] = [];
      for (let some = 1; some > 0; ) {
        const { objects } = await ledger.claimSilent({ before: clock.now(), limit: 400 });
        some = objects.length;
        claimed.push(...objects.map(({ key }) => key));
      }
      expect(claimed.sort()).toEqual(keys);
    });
  });
}
