import { describe, expect } from 'vitest';
import type { BackfillStatus } from '../../aws-worker/ledger/ledger.ts';
import { ledgerTest, present, REQUEST, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

export function backfillContract(open: OpenLedger): void {
  describe('backfills', () => {
    ledgerTest('start running, with one open range over all keys', open, async ({ ledger, clock }) => {
      const { backfill, isNew, range } = await ledger.startBackfill({
        request: REQUEST,
        force: false,
        idempotencyKey: undefined,
      });
      expect(isNew).toBe(true);
      expect(backfill).toMatchObject({ request: REQUEST, status: 'running', createdAt: clock.now() });
      expect(backfill.endedAt).toBeUndefined();
      expect(backfill.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(backfill.counts).toMatchObject({ openRanges: 1, found: { objects: 0, bytes: 0 }, unpaidBatches: 0 });
      expect(await ledger.findBackfill(backfill.id)).toEqual(backfill);
      const { counts: _, ...row } = backfill;
      expect(await ledger.findBackfillRow(backfill.id)).toEqual(row);
      expect(await ledger.findBackfillRow('unknown')).toBeUndefined();
      expect(await ledger.findRange({ backfill: backfill.id, range })).toMatchObject({
        from: '',
        to: '',
        cursor: '',
        lists: 'source',
        unsent: { batches: [], ranges: [], objects: [] },
      });
    });

    ledgerTest('have ids that ascend with time', open, async ({ ledger, clock }) => {
      const first = await startBackfill(ledger);
      clock.advanceSeconds(1);
      const second = await startBackfill(ledger);
      expect(first.backfill < second.backfill).toBe(true);
    });

    ledgerTest('are started once while the same request runs or is paused', open, async ({ ledger }) => {
      const start = { request: REQUEST, force: false, idempotencyKey: undefined };
      const first = await ledger.startBackfill(start);
      const again = await ledger.startBackfill(start);
      expect(again).toMatchObject({ isNew: false, range: first.range, backfill: { id: first.backfill.id } });
      await ledger.changeStatus(first.backfill.id, { from: ['running'], to: 'paused' });
      expect((await ledger.startBackfill(start)).isNew).toBe(false);
      const other = await ledger.startBackfill({ ...start, request: { ...REQUEST, prefix: 'videos/' } });
      expect(other.isNew).toBe(true);
      await ledger.changeStatus(first.backfill.id, { from: ['paused'], to: 'cancelled' });
      expect((await ledger.startBackfill(start)).isNew).toBe(true);
    });

    ledgerTest('are started anew by force', open, async ({ ledger }) => {
      const start = { request: REQUEST, force: true, idempotencyKey: undefined };
      const ids = [(await ledger.startBackfill(start)).backfill.id, (await ledger.startBackfill(start)).backfill.id];
      expect(new Set(ids).size).toBe(2);
    });

    ledgerTest('are started once when several workers ask at once', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const start = { request: REQUEST, force: false, idempotencyKey: undefined };
      const answers = await Promise.all([ledger, other, ledger, other].map(each => each.startBackfill(start)));
      expect(answers.filter(answer => answer.isNew)).toHaveLength(1);
      expect(new Set(answers.map(answer => answer.backfill.id)).size).toBe(1);
    });

    ledgerTest('are what their idempotency key made, even when they ended', open, async ({ ledger, opened }) => {
      const start = { request: REQUEST, force: true, idempotencyKey: 'key 1' };
      const first = await ledger.startBackfill(start);
      await ledger.changeStatus(first.backfill.id, { from: ['running'], to: 'cancelled' });
      const again = await (await opened.reopen()).startBackfill(start);
      expect(again).toMatchObject({ isNew: false, backfill: { id: first.backfill.id, status: 'cancelled' } });
    });

    ledgerTest('refuse an idempotency key that was used with another request', open, async ({ ledger }) => {
      await ledger.startBackfill({ request: REQUEST, force: false, idempotencyKey: 'key' });
      const other = { ...REQUEST, prefix: 'videos/' };
      await expect(ledger.startBackfill({ request: other, force: false, idempotencyKey: 'key' })).rejects.toMatchObject(
        { kind: 'permanent', code: 'idempotency-key-reused' },
      );
      expect(await ledger.listBackfills({ limit: 9 })).toHaveLength(1);
    });

    ledgerTest('are told by name while they run, the oldest first', open, async ({ ledger }) => {
      const rows = [await startBackfill(ledger), await startBackfill(ledger), await startBackfill(ledger)];
      const ids = rows.map(({ backfill }) => backfill);
      expect(await ledger.runningBackfills()).toEqual(ids);
      const [first = '', second = '', third] = ids;
      await ledger.changeStatus(first, { from: ['running'], to: 'paused' });
      await ledger.changeStatus(second, { from: ['running'], to: 'cancelled' });
      expect(await ledger.runningBackfills()).toEqual([third]);
      await ledger.changeStatus(first, { from: ['paused'], to: 'running' });
      expect(await ledger.runningBackfills()).toEqual([first, third]);
    });

    ledgerTest('remember the idempotency key of a request that found another one running', open, async ({ ledger }) => {
      const running = await startBackfill(ledger);
      const start = { request: REQUEST, force: false, idempotencyKey: 'key' };
      await ledger.startBackfill(start);
      await ledger.changeStatus(running.backfill, { from: ['running'], to: 'cancelled' });
      expect((await ledger.startBackfill(start)).backfill.id).toBe(running.backfill);
    });

    ledgerTest('are listed newest first, also those of one millisecond', open, async ({ ledger }) => {
      const ids: string[] = [];
      for (let index = 0; index < 4; index++) ids.unshift((await startBackfill(ledger)).backfill);
      const listed = await ledger.listBackfills({ limit: 3 });
      expect(listed.map(backfill => backfill.id)).toEqual(ids.slice(0, 3));
    });

    ledgerTest('change their status only from the ones that are named', open, async ({ ledger, clock }) => {
      const { backfill } = await startBackfill(ledger);
      const change = (from: readonly BackfillStatus[], to: BackfillStatus, reason?: string) =>
        ledger.changeStatus(backfill, { from, to, ...(reason === undefined ? {} : { reason }) });
      expect(await change(['paused'], 'running')).toBe(false);
      expect(await change(['running'], 'paused', 'credentials')).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({ status: 'paused', reason: 'credentials' });
      expect(await ledger.findBackfillRow(backfill)).toMatchObject({ status: 'paused', reason: 'credentials' });
      expect(await change(['paused'], 'running')).toBe(true);
      expect(present(await ledger.findBackfill(backfill)).reason).toBeUndefined();
      clock.advanceSeconds(5);
      expect(await change(['running', 'paused'], 'cancelled', 'gone')).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({
        status: 'cancelled',
        reason: 'gone',
        endedAt: clock.now(),
      });
      expect(await change(['running', 'paused'], 'cancelled')).toBe(false);
      expect(await ledger.changeStatus('unknown', { from: ['running'], to: 'paused' })).toBe(false);
    });

    ledgerTest('are done once everything is paid, and only from running', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      const { backfill } = row;
      expect(await ledger.completeIfPaid(backfill)).toBe(false);
      expect(await ledger.closeRange(row)).toBe(true);
      await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' });
      expect(await ledger.completeIfPaid(backfill)).toBe(false);
      await ledger.changeStatus(backfill, { from: ['paused'], to: 'running' });
      clock.advanceSeconds(5);
      const endedAt = clock.now();
      expect(await ledger.completeIfPaid(backfill)).toBe(true);
      clock.advanceSeconds(5);
      expect(await ledger.completeIfPaid(backfill)).toBe(true);
      expect(await ledger.findBackfill(backfill)).toMatchObject({ status: 'done', endedAt });
      expect(await ledger.completeIfPaid('unknown')).toBe(false);
    });

    ledgerTest('outlive a restart', open, async ({ ledger, opened }) => {
      const { backfill } = await startBackfill(ledger);
      const before = present(await ledger.findBackfill(backfill));
      expect(await (await opened.reopen()).findBackfill(backfill)).toEqual(before);
      expect(await (await opened.attach('other')).findBackfill('unknown')).toBeUndefined();
    });
  });
}
