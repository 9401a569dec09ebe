import { describe, expect } from 'vitest';
import type { UploadVersion } from '../../aws-worker/transfer/upload-checkpoints.ts';
import { ledgerTest, present } from './ledger-fixture.ts';
import type { OpenLedger } from './open-ledger.ts';

const VERSION: UploadVersion = {
  sourceEtag: '"5B3C1A2E053D763E1B002CC607C5A0FE"',
  sourceLastModified: 'Fri, 24 Feb 2012 06:07:48 GMT',
  sizeBytes: 5 * 2 ** 40,
  partSizeBytes: 2 ** 29,
  descriptionHash: '00ff',
};

export function uploadContract(open: OpenLedger): void {
  describe('upload checkpoints', () => {
    ledgerTest('begin without an upload id, get one, and collect parts', open, async ({ ledger, opened }) => {
      const row = present(await ledger.uploads.begin('a\u0000b', VERSION));
      expect(row).toMatchObject({ key: 'a\u0000b', version: VERSION, parts: [] });
      expect(row.uploadId).toBeUndefined();
      expect(await ledger.uploads.setUploadId(row, 'upload')).toBe(true);
      const last = { partNumber: 10_000, sizeBytes: 1, crc64: 2n ** 64n - 1n, crc32: 2 ** 32 - 1 };
      const first = { partNumber: 1, sizeBytes: 2 ** 29, crc64: 2n ** 63n, crc32: 0 };
      expect(await ledger.uploads.addPart(row, last)).toBe(true);
      expect(await ledger.uploads.addPart(row, first)).toBe(true);
      const reopened = await opened.reopen();
      expect(await reopened.uploads.find('a\u0000b')).toEqual({ ...row, uploadId: 'upload', parts: [first, last] });
      expect(await reopened.uploads.find('a')).toBeUndefined();
    });

    ledgerTest('keep the latest of a part that was sent again', open, async ({ ledger }) => {
      const row = present(await ledger.uploads.begin('a', VERSION));
      const part = { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 };
      await ledger.uploads.addPart(row, part);
      expect(await ledger.uploads.addPart(row, { ...part, crc64: 2n })).toBe(true);
      expect(present(await ledger.uploads.find('a')).parts).toEqual([{ ...part, crc64: 2n }]);
    });

    ledgerTest('let one of two workers begin', open, async ({ ledger, opened }) => {
      const other = await opened.attach('other');
      const begun = await Promise.all([ledger, other].map(each => each.uploads.begin('a', VERSION)));
      const rows = begun.filter(row => row !== undefined);
      expect(rows).toHaveLength(1);
      expect(await other.uploads.find('a')).toEqual(rows[0]);
    });

    ledgerTest('keep the upload id that they got first', open, async ({ ledger }) => {
      const row = present(await ledger.uploads.begin('a', VERSION));
      expect(await ledger.uploads.setUploadId(row, 'first')).toBe(true);
      expect(await ledger.uploads.setUploadId(row, 'first')).toBe(true);
      expect(await ledger.uploads.setUploadId(row, 'second')).toBe(false);
      expect(await ledger.uploads.find('a')).toMatchObject({ uploadId: 'first' });
    });

    ledgerTest('change nothing for a row that was removed and made anew', open, async ({ ledger }) => {
      const part = { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 };
      const old = present(await ledger.uploads.begin('a', VERSION));
      await ledger.uploads.addPart(old, part);
      expect(await ledger.uploads.remove(old)).toBe(true);
      expect(await ledger.uploads.find('a')).toBeUndefined();
      const made = present(await ledger.uploads.begin('a', { ...VERSION, sourceEtag: 'other' }));
      expect(made.rowId).not.toBe(old.rowId);
      expect(await ledger.uploads.setUploadId(old, 'stale')).toBe(false);
      expect(await ledger.uploads.addPart(old, part)).toBe(false);
      expect(await ledger.uploads.remove(old)).toBe(false);
      expect(await ledger.uploads.find('a')).toEqual(made);
    });

    ledgerTest('keep when, and for which backfill, they were begun', open, async ({ ledger, clock }) => {
      const begunAt = clock.now();
      await ledger.uploads.begin('a', VERSION, { backfill: 'b1' });
      await ledger.uploads.begin('b', VERSION);
      clock.advanceSeconds(10);
      expect(await ledger.uploads.find('a')).toMatchObject({ begunAt, backfill: 'b1' });
      expect(await ledger.uploads.find('b')).toMatchObject({ begunAt, backfill: undefined });
    });

    ledgerTest('are idle when no part was added for long, and told of once in that time', open, async context => {
      const { ledger, opened, clock } = context;
      const { parts: _, ...quiet } = present(await ledger.uploads.begin('a', VERSION));
      const busy = present(await ledger.uploads.begin('b', VERSION));
      const idleSince = clock.now();
      const claim = async () => {
        const before = new Date(clock.now().getTime() - 60_000);
        const workers = [ledger, await opened.attach('other')];
        return (await Promise.all(workers.map(each => each.uploads.claimIdle({ before, limit: 9 })))).flat();
      };
      clock.advanceSeconds(50);
      expect(await claim()).toEqual([]);
      await ledger.uploads.addPart(busy, { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 });
      clock.advanceSeconds(11);
      expect(await claim()).toEqual([{ row: quiet, idleSince }]);
      clock.advanceSeconds(50);
      expect((await claim()).map(({ row }) => row.key)).toEqual(['b']);
      clock.advanceSeconds(11);
      expect(await claim()).toEqual([{ row: quiet, idleSince }]);
    });

    ledgerTest('come a limited number at a time, until all idle ones were named', open, async ({ ledger, clock }) => {
      for (const key of ['a', 'b', 'c']) await ledger.uploads.begin(key, VERSION);
      clock.advanceSeconds(60);
      const named: string[] = [];
      for (const expected of [2, 1, 0]) {
        const claimed = await ledger.uploads.claimIdle({ before: clock.now(), limit: 2 });
        expect(claimed).toHaveLength(expected);
        named.push(...claimed.map(({ row }) => row.key));
      }
      expect(named.sort()).toEqual(['a', 'b', 'c']);
    });

    ledgerTest('are told of in turn, those first that were looked at longest ago', open, async ({ ledger, clock }) => {
      for (const key of ['a', 'b', 'c']) await ledger.uploads.begin(key, VERSION);
      const told: string[] = [];
      for (let round = 0; round < 3; round++) {
        clock.advanceSeconds(3_601);
        const claimed = await ledger.uploads.claimIdle({
          before: new Date(clock.now().getTime() - 3_600_000),
          limit: 1,
        });
        told.push(...claimed.map(({ row }) => row.key));
      }
      expect(told.sort()).toEqual(['a', 'b', 'c']);
    });

    ledgerTest('that were retired make room, and are told of until they are forgotten', open, async context => {
      const { ledger, opened, clock } = context;
      const row = present(await ledger.uploads.begin('a', VERSION));
      const { rowId, key, begunAt } = row;
      clock.advanceSeconds(5);
      const retiredAt = clock.now();
      expect(await ledger.uploads.retire(row)).toBe(true);
      expect(await ledger.uploads.retire(row)).toBe(false);
      expect(await ledger.uploads.find('a')).toBeUndefined();
      expect(await ledger.uploads.setUploadId(row, 'late')).toBe(false);
      expect(await ledger.uploads.begin('a', VERSION)).toBeDefined();
      const claim = async () => {
        const before = new Date(clock.now().getTime() - 60_000);
        const workers = [ledger, await opened.attach('other')];
        return (await Promise.all(workers.map(each => each.uploads.claimUnnamed({ before, limit: 9 })))).flat();
      };
      clock.advanceSeconds(60);
      expect(await claim()).toEqual([]);
      clock.advanceSeconds(1);
      expect(await claim()).toEqual([{ rowId, key, begunAt, retiredAt }]);
      clock.advanceSeconds(61);
      expect(await claim()).toEqual([{ rowId, key, begunAt, retiredAt }]);
      await ledger.uploads.forgetUnnamed({ rowId });
      clock.advanceSeconds(61);
      expect(await claim()).toEqual([]);
    });
  });
}
