import { describe, expect } from 'vitest';
import { checkpoint, copied, ledgerTest, present, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

export function debtContract(open: OpenLedger): void {
  describe('ranges', () => {
    ledgerTest('move their cursor and make their batches at once', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const next = await checkpoint(ledger, row, { one: 3, two: 2 });
      expect(next.cursor).toBe('k');
      expect(next.version).not.toBe(row.version);
      expect(next.unsent.batches.map(batch => batch.batch)).toEqual(['one', 'two']);
      expect(await ledger.findRange(row)).toEqual(next);
      expect(await ledger.findBatch({ backfill: row.backfill, batch: 'two' })).toEqual({
        backfill: row.backfill,
        batch: 'two',
        from: '',
        to: 'k',
        found: { objects: 2, bytes: 20 },
      });
    });

    ledgerTest('let one of two workers make a checkpoint', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const row = await startBackfill(ledger);
      const answers = await Promise.all(
        [ledger, other].map((each, index) =>
          each.checkpointRange({
            ...row,
            cursor: 'k',
            batches: [{ batch: `by-${index}`, from: '', to: 'k', found: { objects: 1, bytes: 1 } }],
          }),
        ),
      );
      expect(answers.filter(answer => answer !== undefined)).toHaveLength(1);
      const counts = present(await ledger.findBackfill(row.backfill)).counts;
      expect(counts).toMatchObject({ unpaidBatches: 1, found: { objects: 1, bytes: 1 } });
    });

    ledgerTest('name what the last checkpoint made and is still owed, no more', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const second = await checkpoint(ledger, row, { one: 1, two: 1, three: 1 });
      await ledger.settleBatch({ backfill: row.backfill, batch: 'two', settled: [copied('a')], owed: [] });
      const unsent = present(await ledger.findRange(row)).unsent;
      expect(unsent.batches.map(batch => batch.batch)).toEqual(['one', 'three']);
      const third = await checkpoint(ledger, second, { four: 1 });
      expect(third.unsent.batches.map(batch => batch.batch)).toEqual(['four']);
    });

    ledgerTest('name nothing once the sends were marked, on condition of the version', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const second = await checkpoint(ledger, row, { one: 1 });
      expect(await ledger.markSent(row)).toBe(false);
      expect(present(await ledger.findRange(row)).unsent.batches).toHaveLength(1);
      expect(await ledger.markSent(second)).toBe(true);
      expect(await ledger.findRange(row)).toEqual({ ...second, unsent: { batches: [], ranges: [], objects: [] } });
      expect(present(await ledger.findBackfill(row.backfill)).counts.unpaidBatches).toBe(1);
      const third = await checkpoint(ledger, second, { two: 1 });
      expect(await ledger.markSent(second)).toBe(false);
      expect(present(await ledger.findRange(row)).unsent.batches.map(batch => batch.batch)).toEqual(['two']);
      expect(await ledger.closeRange(third)).toBe(true);
      expect(await ledger.markSent(third)).toBe(false);
    });

    ledgerTest('are closed once, on condition of their version', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      const next = await checkpoint(ledger, row, {});
      expect(await ledger.closeRange(row)).toBe(false);
      expect(await ledger.closeRange(next)).toBe(true);
      expect(await ledger.closeRange(next)).toBe(false);
      expect(await ledger.findRange(row)).toBeUndefined();
      const late = { ...next, cursor: 'z', batches: [] };
      expect(await ledger.checkpointRange(late)).toBeUndefined();
    });
  });

  describe('silent debts', () => {
    ledgerTest('are claimed once for as long as they were silent', open, async ({ ledger, clock, opened }) => {
      const row = await startBackfill(ledger);
      const { backfill } = row;
      clock.advanceSeconds(10);
      await checkpoint(ledger, row, { one: 2, two: 1 });
      await ledger.settleBatch({
        backfill,
        batch: 'one',
        settled: [],
        owed: [
          { key: 'a', sizeBytes: 1 },
          { key: 'b', sizeBytes: 2 },
        ],
      });
      expect(await ledger.claimSilent({ before: clock.now(), limit: 9 })).toEqual({
        ranges: [],
        batches: [],
        objects: [],
      });
      clock.advanceSeconds(1);
      const claims = await Promise.all(
        [ledger, await opened.attach('other')].map(each => each.claimSilent({ before: clock.now(), limit: 9 })),
      );
      expect(claims.flatMap(claim => claim.ranges)).toEqual([{ backfill, range: row.range }]);
      expect(claims.flatMap(claim => claim.batches).map(batch => batch.batch)).toEqual(['two']);
      expect(
        claims
          .flatMap(claim => claim.objects)
          .map(object => object.key)
          .sort(),
      ).toEqual(['a', 'b']);
    });

    ledgerTest('are not silent whose message was heard of', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      const { backfill, range } = row;
      await checkpoint(ledger, row, { one: 2, two: 1, three: 1 });
      const owed = ['a', 'b'].map(key => ({ key, sizeBytes: 1 }));
      await ledger.settleBatch({ backfill, batch: 'one', settled: [], owed });
      clock.advanceSeconds(10);
      await ledger.touchDebt({ backfill, range });
      await ledger.touchDebt({ backfill, batch: 'two' });
      await ledger.touchDebt({ backfill, batch: 'one', key: 'b' });
      const claim = await ledger.claimSilent({ before: clock.now(), limit: 9 });
      expect(claim.ranges).toEqual([]);
      expect(claim.batches.map(batch => batch.batch)).toEqual(['three']);
      expect(claim.objects.map(object => object.key)).toEqual(['a']);
    });

    ledgerTest('may be touched when they are paid: nothing happens', open, async ({ ledger }) => {
      const { backfill, range, version } = await startBackfill(ledger);
      await ledger.closeRange({ backfill, range, version });
      const { counts } = present(await ledger.findBackfill(backfill));
      await ledger.touchDebt({ backfill, range });
      await ledger.touchDebt({ backfill, batch: 'one' });
      await ledger.touchDebt({ backfill, batch: 'one', key: 'a' });
      expect(present(await ledger.findBackfill(backfill)).counts).toEqual(counts);
    });

    ledgerTest('of a range are not silent after its sends were marked', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      clock.advanceSeconds(10);
      await ledger.markSent(row);
      expect((await ledger.claimSilent({ before: clock.now(), limit: 9 })).ranges).toEqual([]);
    });

    ledgerTest('come a limited number at a time, until all were named', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 1, two: 1, three: 1 });
      clock.advanceSeconds(1);
      const named: string[] = [];
      for (const expected of [2, 1, 0]) {
        const { batches } = await ledger.claimSilent({ before: clock.now(), limit: 2 });
        expect(batches).toHaveLength(expected);
        named.push(...batches.map(batch => batch.batch));
      }
      expect(named.sort()).toEqual(['one', 'three', 'two']);
    });

    ledgerTest(
      'of a backfill that does not run stay silent, and come back with it',
      open,
      async ({ ledger, clock }) => {
        const { backfill, range } = await startBackfill(ledger);
        await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' });
        clock.advanceSeconds(1);
        expect((await ledger.claimSilent({ before: clock.now(), limit: 9 })).ranges).toEqual([]);
        await ledger.changeStatus(backfill, { from: ['paused'], to: 'running' });
        expect((await ledger.claimSilent({ before: clock.now(), limit: 9 })).ranges).toEqual([{ backfill, range }]);
      },
    );
  });
}
