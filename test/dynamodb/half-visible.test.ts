// A transaction takes effect at once for other transactions, but not for reads of several rows: one that is just being carried out, or whose coordinator died in
// the middle, may be seen in one row and not yet in another. Here rows are taken away and brought back, as such a reader sees it: nothing looks done early.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchKey, counterKey, type Key, rangeKey } from '../../aws-worker/ledger/dynamodb-keys.ts';
import { keyOf } from '../../aws-worker/ledger/dynamodb-writes.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { checkpoint, copied, present, startBackfill, testClock } from '../contract/ledger-fixture.ts';
import { createTestTable, type TestTable } from './test-table.ts';

let table: TestTable;
let ledger: Ledger;

beforeAll(async () => {
  table = await createTestTable();
  ledger = await table.open({ workerId: 'one', now: testClock().now });
});
afterAll(async () => {
  await ledger.close();
  await table.drop();
});

/** Takes the row out of sight; what comes back brings it into sight. */
async function hide(key: Key): Promise<() => Promise<void>> {
  const place = { TableName: table.table, Key: keyOf(key) };
  const { Item } = await table.client.send(new GetItemCommand({ ...place, ConsistentRead: true }));
  await table.client.send(new DeleteItemCommand(place));
  return async () =>
    void (await table.client.send(new PutItemCommand({ TableName: table.table, Item: present(Item) })));
}

test('a backfill whose range is not to be seen yet is not done', async () => {
  const row = await startBackfill(ledger);
  const show = await hide(rangeKey(row));
  expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
  await show();
  await ledger.closeRange(row);
  expect(await ledger.completeIfPaid(row.backfill)).toBe(true);
});

test('a backfill whose retry is not to be seen yet is not done again', async () => {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  const next = await checkpoint(ledger, row, { one: 1 });
  const failed = { key: 'f', kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'No.' } as const;
  await ledger.settleBatch({ backfill, batch: 'one', settled: [failed], owed: [] });
  await ledger.closeRange(next);
  expect(await ledger.completeIfPaid(backfill)).toBe(true);
  expect(await ledger.retryFailed(backfill)).toBe(true);
  const { ranges } = await ledger.claimSilent({ before: new Date(0), limit: 9 });
  const retry = present(ranges.find(range => range.backfill === backfill));
  const show = await hide(rangeKey(retry));
  expect(await ledger.completeIfPaid(backfill)).toBe(false);
  await show();
  expect(await ledger.completeIfPaid(backfill)).toBe(false);
});

test('a backfill whose last batch is not to be seen yet is not done, though another lister has closed its range', async () => {
  const row = await startBackfill(ledger);
  const next = await checkpoint(ledger, row, { one: 1 });
  const show = await hide(batchKey({ ...row, batch: 'one' }));
  const seen = present(await ledger.findRange(row));
  expect(seen.unsent.batches).toEqual([]);
  expect(await ledger.closeRange(next)).toBe(true);
  expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
  await show();
  await ledger.settleBatch({ backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] });
  expect(await ledger.completeIfPaid(row.backfill)).toBe(true);
});

test('a backfill is not done when a settlement is seen in its debt and not yet in its counter', async () => {
  const row = await startBackfill(ledger);
  const next = await checkpoint(ledger, row, { one: 1 });
  await ledger.closeRange(next);
  const owed = [{ key: 'a', sizeBytes: 1 }];
  await ledger.settleBatch({ backfill: row.backfill, batch: 'one', settled: [], owed });
  const id = { backfill: row.backfill, batch: 'one' };
  const showCounter = await hide(counterKey(row.backfill, { worker: 'one', number: 0 }));
  expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
  await showCounter();
  expect(await ledger.completeIfPaid(row.backfill)).toBe(false);
  await ledger.settleObject(id, copied('a'));
  expect(await ledger.completeIfPaid(row.backfill)).toBe(true);
});
