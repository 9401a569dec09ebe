import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FORMAT, partKey } from '../../aws-worker/ledger/dynamodb-keys.ts';
import { FORMAT_VERSION } from '../../aws-worker/ledger/dynamodb-open.ts';
import { EXPIRY } from '../../aws-worker/ledger/dynamodb-table.ts';
import { keyOf } from '../../aws-worker/ledger/dynamodb-writes.ts';
import { checkpoint, copied, present, startBackfill } from '../contract/ledger-fixture.ts';
import { createTestTable, type TestTable } from './test-table.ts';

let table: TestTable;

beforeEach(async () => {
  table = await createTestTable();
});
afterEach(async () => {
  await table.drop();
});

const open = (own: { readonly table?: string } = {}) => table.open({ workerId: 'one', ...own });

test('a table that was made for it is on demand, has no index, and removes what has expired', async () => {
  const { Table } = await table.client.send(new DescribeTableCommand({ TableName: table.table }));
  expect(Table).toMatchObject({ BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' }, TableStatus: 'ACTIVE' });
  expect(Table?.GlobalSecondaryIndexes).toBeUndefined();
  const { TimeToLiveDescription } = await table.client.send(new DescribeTimeToLiveCommand({ TableName: table.table }));
  expect(TimeToLiveDescription).toMatchObject({ AttributeName: EXPIRY, TimeToLiveStatus: 'ENABLED' });
});

test('one that is not there is said to be missing, with the command that makes it', async () => {
  await expect(open({ table: 'no-such-table' })).rejects.toMatchObject({
    kind: 'permanent',
    code: 'ledger-unavailable',
    message: expect.stringMatching(
      /no such table in us-east-1.*LEDGER_URL=dynamodb:no-such-table npx bridge init --yes/,
    ),
  });
});

test('one that goes while the ledger is open is said to be missing', async () => {
  const ledger = await open();
  const name = table.table;
  await table.drop();
  await expect(ledger.probe()).rejects.toMatchObject({
    code: 'ledger-unavailable',
    message: expect.stringContaining(name),
  });
  await ledger.close();
  table = await createTestTable();
});

test("another program's table is left alone", async () => {
  const name = `other-${table.table}`;
  await table.client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
    }),
  );
  await expect(open({ table: name })).rejects.toMatchObject({
    kind: 'permanent',
    code: 'ledger-unavailable',
    message: expect.stringContaining(
      'another key schema (HASH pk S, RANGE sk N) than a ledger (HASH group S, RANGE row S)',
    ),
  });
  expect((await table.client.send(new ScanCommand({ TableName: name }))).Items).toEqual([]);
  await table.client.send(new DeleteTableCommand({ TableName: name }));
});

test('one that a newer release wrote is left alone', async () => {
  await (await open()).close();
  await table.client.send(
    new PutItemCommand({
      TableName: table.table,
      Item: { ...keyOf(FORMAT), version: { N: String(FORMAT_VERSION + 1) } },
    }),
  );
  await expect(open()).rejects.toMatchObject({
    kind: 'permanent',
    code: 'ledger-unavailable',
    message: expect.stringContaining('was written by a newer release'),
  });
});

test('several workers may open a new one at once', async () => {
  const ledgers = await Promise.all([open(), open(), open()]);
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: keyOf(FORMAT) }));
  expect(Item?.version).toEqual({ N: String(FORMAT_VERSION) });
  await Promise.all(ledgers.map(ledger => ledger.close()));
});

test('of what there is, only heartbeats, parts, retired uploads and backfills that are gone expire', async () => {
  const ledger = await open();
  const row = await startBackfill(ledger);
  const next = await checkpoint(ledger, row, { one: 2, two: 1 });
  const { backfill } = row;
  const failed = { key: 'f', kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'No.' } as const;
  await ledger.settleBatch({ backfill, batch: 'one', settled: [failed], owed: [{ key: 'o', sizeBytes: 1 }] });
  const version = { sourceEtag: 'e', sourceLastModified: 't', sizeBytes: 9, partSizeBytes: 5, descriptionHash: '0' };
  const upload = present(await ledger.uploads.begin('key', version));
  await ledger.uploads.addPart(upload, { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 });
  await ledger.uploads.retire(present(await ledger.uploads.begin('retired', version)));
  await ledger.recordLiveFailure({ key: 'live', sizeBytes: 1, code: 'c', reason: 'r', at: new Date() });
  await ledger.heartbeat({ id: 'one', host: 'host' });
  await ledger.probe();
  await ledger.settleBatch({ backfill, batch: 'two', settled: [copied('a')], owed: [] });
  await ledger.settleObject({ backfill, batch: 'one' }, copied('o'));
  await ledger.closeRange(next);
  expect(await ledger.completeIfPaid(backfill)).toBe(true);
  await startBackfill(ledger);
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }));
  const expiring = Items.filter(item => item[EXPIRY] !== undefined).map(item => item.group?.S);
  expect(expiring.sort()).toEqual([`parts#${upload.rowId}`, 'probes', 'unnamed-uploads', 'workers']);
  await ledger.close();
});

test('an upload with more parts than one answer holds is read, and removed, whole', async () => {
  const ledger = await open();
  const version = { sourceEtag: 'e', sourceLastModified: 't', sizeBytes: 9, partSizeBytes: 5, descriptionHash: '0' };
  const upload = present(await ledger.uploads.begin('key', version));
  const part = { partNumber: 0, sizeBytes: 2 ** 33, crc64: 2n ** 64n - 1n, crc32: 2 ** 32 - 1 };
  await ledger.uploads.addPart(upload, { ...part, partNumber: 10_000 });
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.table, Key: keyOf(partKey(upload.rowId, 10_000)) }),
  );
  // More than 1 MB, which is as much as one answer holds.
  const padding = { S: 'x'.repeat(5_000) };
  for (let partNumber = 1; partNumber <= 500; partNumber++) {
    const own = { ...keyOf(partKey(upload.rowId, partNumber)), partNumber: { N: String(partNumber) }, padding };
    await table.client.send(new PutItemCommand({ TableName: table.table, Item: { ...present(Item), ...own } }));
  }
  const found = present(await ledger.uploads.find('key'));
  expect(found.parts.map(({ partNumber }) => partNumber)).toEqual([
    ...Array.from({ length: 500 }, (_, index) => index + 1),
    10_000,
  ]);
  expect(found.parts.at(-1)).toEqual({ ...part, partNumber: 10_000 });
  expect(await ledger.uploads.remove(upload)).toBe(true);
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }));
  expect(Items.filter(item => item.group?.S?.startsWith('parts#'))).toEqual([]);
  await ledger.close();
});

test('parts that nobody finds any more expire long after their upload has been ended', async () => {
  const now = new Date();
  const ledger = await table.open({ workerId: 'one', now: () => now });
  const version = { sourceEtag: 'e', sourceLastModified: 't', sizeBytes: 9, partSizeBytes: 5, descriptionHash: '0' };
  const upload = present(await ledger.uploads.begin('key', version));
  await ledger.uploads.addPart(upload, { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 });
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.table, Key: keyOf(partKey(upload.rowId, 1)) }),
  );
  const days = (Number(Item?.[EXPIRY]?.N) - now.getTime() / 1000) / 86_400;
  expect(Math.round(days)).toBe(90);
  await ledger.close();
});
