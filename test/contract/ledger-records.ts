import { describe, expect } from 'vitest';
import type { Failure, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import { checkpoint, copied, ledgerTest, startBackfill } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

/** In UTF-8 order, which is not the order of UTF-16 for the last two. */
const ODD_KEYS = [
  '\u0000',
  '\u0000\u0000',
  'a',
  'a\u0000',
  'a\u0000b',
  "a'--",
  'a/',
  'a/../b',
  'é',
  'e\u0301',
  '\ufffe',
  '\u{1f600}',
].sort(compareUtf8);

export function recordContract(open: OpenLedger): void {
  describe('failures', () => {
    ledgerTest(
      'are listed by key in pages, in UTF-8 order, whatever the keys hold',
      open,
      async ({ ledger, clock }) => {
        for (const key of ODD_KEYS.toReversed()) await ledger.recordLiveFailure(failure(key, clock.now()));
        const listed: string[] = [];
        for (let after = ''; ; ) {
          const page = await ledger.listFailures({ backfill: undefined, after, limit: 5 });
          listed.push(...page.map(({ key }) => key));
          const last = page.at(-1);
          if (last === undefined) break;
          after = last.key;
        }
        expect(listed).toEqual(ODD_KEYS);
      },
    );

    ledgerTest('are replaced by newer ones of their key, not by older ones', open, async ({ ledger, clock }) => {
      const first = failure('a', clock.now());
      const newer = { ...failure('a', new Date(clock.now().getTime() + 5)), code: 'newer' };
      for (const each of [first, newer, first]) await ledger.recordLiveFailure(each);
      expect(await ledger.listFailures({ backfill: undefined, after: '', limit: 9 })).toEqual([newer]);
    });

    ledgerTest('of a backfill come with its settlements and are its own', open, async ({ ledger, clock }) => {
      const row = await startBackfill(ledger);
      await checkpoint(ledger, row, { one: 3 });
      const id = { backfill: row.backfill, batch: 'one' };
      await ledger.settleBatch({ ...id, settled: [copied('a'), failed('b')], owed: [{ key: 'c', sizeBytes: 10 }] });
      await ledger.settleObject(id, failed('c'));
      await ledger.recordLiveFailure(failure('live', clock.now()));
      expect(await ledger.listFailures({ backfill: row.backfill, after: '', limit: 9 })).toEqual([
        failure('b', clock.now()),
        failure('c', clock.now()),
      ]);
      expect(await ledger.listFailures({ backfill: undefined, after: '', limit: 9 })).toHaveLength(1);
    });
  });

  describe('keys', () => {
    ledgerTest('come back from every row as they went in', open, async ({ ledger }) => {
      const row = await startBackfill(ledger);
      for (const [index, key] of ODD_KEYS.entries()) {
        const { version } = (await ledger.findRange(row)) ?? row;
        const batch = `batch-${index}`;
        const id = { backfill: row.backfill, batch };
        const batches = [{ batch, from: key, to: key, found: { objects: 1, bytes: 1 } }];
        const next = await ledger.checkpointRange({ ...row, version, cursor: key, batches });
        expect(next?.cursor).toBe(key);
        expect(await ledger.findBatch(id)).toMatchObject({ from: key, to: key });
        await ledger.settleBatch({ ...id, settled: [], owed: [{ key, sizeBytes: 1 }] });
        expect(await ledger.owedObjectsOf(id)).toEqual([{ ...id, key, sizeBytes: 1 }]);
        expect(await ledger.settleObject(id, copied(key))).toBe('settled');
      }
    });
  });

  describe('workers', () => {
    ledgerTest('are counted once each, as long as they were heard of', open, async ({ ledger, opened, clock }) => {
      const since = clock.now();
      await ledger.heartbeat({ id: 'one', host: 'a' });
      clock.advanceSeconds(10);
      await ledger.heartbeat({ id: 'two', host: 'a' });
      await (await opened.attach('other')).heartbeat({ id: 'two', host: 'b' });
      expect(await ledger.countWorkers({ since })).toBe(2);
      expect(await ledger.countWorkers({ since: clock.now() })).toBe(1);
    });

    ledgerTest('can probe the ledger again and again', open, async ({ ledger }) => {
      await ledger.probe();
      await expect(ledger.probe()).resolves.toBeUndefined();
    });

    ledgerTest('can test the ledger again and again, and several at once', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      await ledger.selfTest();
      const tests = [ledger, other, ledger].map(each => each.selfTest());
      expect(await Promise.all(tests)).toEqual([undefined, undefined, undefined]);
    });

    ledgerTest('find a closed ledger unavailable, and may close it again', open, async ({ ledger }) => {
      await ledger.close();
      await ledger.close();
      const unavailable = { kind: 'permanent', code: 'ledger-unavailable' };
      await expect(ledger.probe()).rejects.toMatchObject(unavailable);
      await expect(ledger.selfTest()).rejects.toMatchObject(unavailable);
      await expect(ledger.unpaid('any')).rejects.toMatchObject(unavailable);
    });
  });
}

function failed(key: string): SettledObject {
  return { key, kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'Not allowed.' };
}

function failure(key: string, at: Date): Failure {
  return { key, sizeBytes: 10, code: 'denied', reason: 'Not allowed.', at };
}
