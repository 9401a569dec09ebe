import { describe, expect } from 'vitest';
import type { Debts, Ledger } from '../../aws-worker/ledger/ledger.ts';
import { checkpoint, ledgerTest, present, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

const NOTHING: Debts = { ranges: [], batches: [], objects: [] };
/** No debt of these tests is so old. */
const LONG_AGO = new Date(0);

/** A range, the batches `one` and `two`, and of a third one the owed object `a`. */
async function owing(ledger: Ledger) {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  const next = await checkpoint(ledger, row, { one: 2, two: 1, three: 1 });
  await ledger.settleBatch({ backfill, batch: 'three', settled: [], owed: [{ key: 'a', sizeBytes: 10 }] });
  return { row: next, backfill };
}

const claimSilent = (ledger: Ledger, limit = 9) => ledger.claimSilent({ before: LONG_AGO, limit });

async function pauseAndResume(ledger: Ledger, backfill: string): Promise<void> {
  expect(await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' })).toBe(true);
  expect(await ledger.changeStatus(backfill, { from: ['paused'], to: 'running' })).toBe(true);
}

function namesOf({ ranges, batches, objects }: Debts): readonly string[] {
  return [...ranges.map(({ range }) => range), ...batches.map(({ batch }) => batch), ...objects.map(({ key }) => key)];
}

export function resumeContract(open: OpenLedger): void {
  describe('resuming', () => {
    ledgerTest('makes every debt silent, however lately it was sent, once', open, async ({ ledger, opened }) => {
      const { row, backfill } = await owing(ledger);
      expect(await claimSilent(ledger)).toEqual(NOTHING);
      await pauseAndResume(ledger, backfill);
      const other = await opened.attach('other');
      const claims = await Promise.all([claimSilent(ledger), claimSilent(other)]);
      expect(claims.flatMap(namesOf).sort()).toEqual(['a', 'one', row.range, 'two'].sort());
      expect(await claimSilent(ledger)).toEqual(NOTHING);
    });

    ledgerTest('makes no debt of another backfill silent', open, async ({ ledger }) => {
      const other = await owing(ledger);
      const { row, backfill } = await owingUnder(ledger, 'more-');
      await pauseAndResume(ledger, other.backfill);
      const { ranges, batches, objects } = await claimSilent(ledger);
      const claimed = [...ranges, ...batches, ...objects].map(debt => debt.backfill);
      expect(new Set(claimed)).toEqual(new Set([other.backfill]));
      expect(row.backfill).toBe(backfill);
    });

    ledgerTest('is not undone by a worker that still touches its debts', open, async ({ ledger, clock }) => {
      const { row, backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      clock.advanceSeconds(5);
      await ledger.touchDebt({ backfill, range: row.range });
      await ledger.touchDebt({ backfill, batch: 'one' });
      await ledger.touchDebt({ backfill, batch: 'three', key: 'a' });
      await ledger.markSent(row);
      expect(namesOf(await claimSilent(ledger))).toHaveLength(4);
    });

    ledgerTest('does not make silent what is incurred after it', open, async ({ ledger }) => {
      const { row, backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      await claimSilent(ledger);
      await checkpoint(ledger, row, { four: 1, five: 1 });
      await ledger.settleBatch({ backfill, batch: 'five', settled: [], owed: [{ key: 'b', sizeBytes: 10 }] });
      expect(await claimSilent(ledger)).toEqual(NOTHING);
    });

    ledgerTest('makes silent again what was claimed before it was paused once more', open, async ({ ledger }) => {
      const { backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      await claimSilent(ledger);
      await pauseAndResume(ledger, backfill);
      expect(namesOf(await claimSilent(ledger))).toHaveLength(4);
    });

    ledgerTest('twice without a claim in between names each debt once', open, async ({ ledger }) => {
      const { backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      await pauseAndResume(ledger, backfill);
      expect(namesOf(await claimSilent(ledger))).toHaveLength(4);
      expect(await claimSilent(ledger)).toEqual(NOTHING);
    });

    ledgerTest('lets its debts be claimed a limited number at a time', open, async ({ ledger }) => {
      const { backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      expect((await claimSilent(ledger, 1)).batches).toHaveLength(1);
      expect((await claimSilent(ledger, 1)).batches).toHaveLength(1);
      expect((await claimSilent(ledger, 1)).batches).toHaveLength(0);
    });

    ledgerTest('lets no debt be claimed while it is paused, and is counted', open, async ({ ledger }) => {
      const { backfill } = await owing(ledger);
      const resumes = async () => present(await ledger.findBackfill(backfill)).resumes;
      expect(await resumes()).toBe(0);
      await pauseAndResume(ledger, backfill);
      expect(await resumes()).toBe(1);
      await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' });
      expect(await claimSilent(ledger)).toEqual(NOTHING);
      expect(await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' })).toBe(false);
      expect(await resumes()).toBe(1);
    });

    ledgerTest('keeps those from pausing it who saw it before', open, async ({ ledger }) => {
      const { backfill } = await owing(ledger);
      const pause = (resumes: number) =>
        ledger.changeStatus(backfill, { from: ['running'], to: 'paused', reason: 'denied', resumes });
      await pauseAndResume(ledger, backfill);
      expect(await pause(0)).toBe(false);
      expect(await ledger.statusOf(backfill)).toBe('running');
      expect(await pause(1)).toBe(true);
      expect(await ledger.statusOf(backfill)).toBe('paused');
      expect(await ledger.statusOf('unknown')).toBeUndefined();
    });
  });

  describe('debts that are given back', () => {
    ledgerTest('are silent again at once, but for those that were paid meanwhile', open, async ({ ledger }) => {
      const { row, backfill } = await owing(ledger);
      await pauseAndResume(ledger, backfill);
      const debts = await claimSilent(ledger);
      await ledger.settleBatch({ backfill, batch: 'one', settled: [], owed: [] });
      const { counts } = present(await ledger.findBackfill(backfill));
      await ledger.giveBack(debts);
      expect(present(await ledger.findBackfill(backfill)).counts).toEqual(counts);
      expect(namesOf(await claimSilent(ledger)).toSorted()).toEqual(['a', row.range, 'two'].sort());
      expect(await claimSilent(ledger)).toEqual(NOTHING);
    });
  });
}

async function owingUnder(ledger: Ledger, prefix: string) {
  const row = await startBackfill(ledger);
  return { row: await checkpoint(ledger, row, { [`${prefix}one`]: 1 }), backfill: row.backfill };
}
