import { describe, expect } from 'vitest';
import type { Ledger, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { checkpoint, copied, ledgerTest, present, REQUEST, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

const FAILURES = 7;

const failures: readonly SettledObject[] = Array.from({ length: FAILURES }, (_, index) => ({
  key: `failed-${index}`,
  kind: 'failed',
  sizeBytes: 10,
  code: 'denied',
  reason: 'Not allowed.',
}));

/** Cancelled, with failures, and with debts of every kind. */
async function cancelled(ledger: Ledger): Promise<string> {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  await checkpoint(ledger, row, { one: FAILURES + 2, two: 1 });
  const settled = [...failures, copied('a')];
  await ledger.settleBatch({ backfill, batch: 'one', settled, owed: [{ key: 'b', sizeBytes: 10 }] });
  await ledger.changeStatus(backfill, { from: ['running'], to: 'cancelled' });
  return backfill;
}

async function done(ledger: Ledger): Promise<string> {
  const row = await startBackfill(ledger);
  await ledger.closeRange(row);
  await ledger.completeIfPaid(row.backfill);
  return row.backfill;
}

export function pruneContract(open: OpenLedger): void {
  describe('backfills that ended', () => {
    ledgerTest('long ago are forgotten with all that they had; the others stay', open, async ({ ledger, clock }) => {
      const old = [await cancelled(ledger), await done(ledger)];
      const running = await startBackfill(ledger);
      const paused = await startBackfill(ledger);
      await ledger.changeStatus(paused.backfill, { from: ['running'], to: 'paused' });
      clock.advanceSeconds(10);
      const endedBefore = clock.now();
      const late = await done(ledger);
      while ((await ledger.pruneBackfills({ endedBefore, limit: 100 })) > 0);
      const left = (await ledger.listBackfills({ limit: 9 })).map(({ id }) => id);
      expect(left.toSorted()).toEqual([running.backfill, paused.backfill, late].sort());
      for (const id of old) {
        expect(await ledger.findBackfill(id)).toBeUndefined();
        expect(await ledger.statusOf(id)).toBeUndefined();
        expect(await ledger.listFailures({ backfill: id, after: '', limit: 9 })).toEqual([]);
        expect(await ledger.findBatch({ backfill: id, batch: 'two' })).toBeUndefined();
        expect(await ledger.owedObjectsOf({ backfill: id, batch: 'one' })).toEqual([]);
        expect(await ledger.unpaid(id)).toBe(0);
      }
      expect(await ledger.findRange(running)).toBeDefined();
    });

    ledgerTest('go a few rows at a time, and are there with exact counts until they are gone', open, async fixture => {
      const { ledger, clock } = fixture;
      const id = await cancelled(ledger);
      const { counts } = present(await ledger.findBackfill(id));
      clock.advanceSeconds(10);
      const endedBefore = clock.now();
      let calls = 0;
      for (let removed = 1; removed > 0; calls++) {
        removed = await ledger.pruneBackfills({ endedBefore, limit: 3 });
        const found = await ledger.findBackfill(id);
        if (found === undefined) continue;
        expect(found.counts.found).toEqual(counts.found);
        expect(found.counts.byOutcome).toEqual(counts.byOutcome);
        expect(found.counts.remaining).toEqual(counts.remaining);
      }
      expect(calls).toBeGreaterThan(FAILURES / 3);
      expect(await ledger.findBackfill(id)).toBeUndefined();
    });

    ledgerTest(
      'stay ended once it has begun, whoever wants their failures retried',
      open,
      async ({ ledger, clock }) => {
        const row = await startBackfill(ledger);
        const { backfill } = row;
        const next = await checkpoint(ledger, row, { one: FAILURES });
        await ledger.settleBatch({ backfill, batch: 'one', settled: failures, owed: [] });
        await ledger.closeRange(next);
        expect(await ledger.completeIfPaid(backfill)).toBe(true);
        clock.advanceSeconds(10);
        const prune = () => ledger.pruneBackfills({ endedBefore: clock.now(), limit: 3 });
        expect(await prune()).toBe(3);
        expect(await ledger.listFailures({ backfill, after: '', limit: 9 })).toHaveLength(FAILURES - 3);
        expect(await ledger.retryFailed(backfill)).toBe(false);
        expect(await ledger.statusOf(backfill)).toBe('done');
        while ((await prune()) > 0);
        expect(await ledger.findBackfill(backfill)).toBeUndefined();
      },
    );

    ledgerTest('leave nothing of a lister who comes late', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      const { backfill } = row;
      let held = await checkpoint(ledger, row, { first: 1 });
      await ledger.settleBatch({ backfill, batch: 'first', settled: [copied('a')], owed: [] });
      await ledger.changeStatus(backfill, { from: ['running'], to: 'cancelled' });
      clock.advanceSeconds(10);
      const made: string[] = [];
      for (let removed = 1; removed > 0; ) {
        removed = await ledger.pruneBackfills({ endedBefore: clock.now(), limit: 1 });
        const batch = `late-${made.length}`;
        const next = await ledger.checkpointRange({
          ...held,
          cursor: batch,
          batches: [{ batch, from: held.cursor, to: batch, found: { objects: 1, bytes: 10 } }],
        });
        if (next === undefined) continue;
        held = next;
        made.push(batch);
        // Otherwise it would be listed for as long as it is pruned.
        if (made.length >= 20) await ledger.closeRange(held);
      }
      for (const batch of made) expect(await ledger.findBatch({ backfill, batch })).toBeUndefined();
      expect(await ledger.unpaid(backfill)).toBe(0);
      expect(await ledger.findBackfill(backfill)).toBeUndefined();
    });

    ledgerTest('leave their idempotency key to whoever uses it next', open, async ({ ledger, clock }) => {
      const start = { request: REQUEST, force: false, idempotencyKey: 'key' };
      const { backfill } = await ledger.startBackfill(start);
      await ledger.changeStatus(backfill.id, { from: ['running'], to: 'cancelled' });
      clock.advanceSeconds(10);
      while ((await ledger.pruneBackfills({ endedBefore: clock.now(), limit: 1 })) > 0);
      const other = { ...REQUEST, prefix: 'videos/' };
      expect(await ledger.startBackfill({ ...start, request: other })).toMatchObject({ isNew: true });
    });

    ledgerTest('and none of which is old enough, cost nothing', open, async ({ ledger, clock }) => {
      await done(ledger);
      expect(await ledger.pruneBackfills({ endedBefore: clock.now(), limit: 100 })).toBe(0);
    });
  });
}
