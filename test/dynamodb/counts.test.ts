// What is told of a backfill while others settle: its rows are read one by one, each at a moment of its own.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { COUNTER_SHARDS, counterKey, rangesGroup } from '../../aws-worker/ledger/dynamodb-keys.ts';
import { checkpoint, copied, present, startBackfill } from '../contract/ledger-fixture.ts';
import { createTestTable, type TestTable, testClient } from './test-table.ts';

let table: TestTable;

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(async () => {
  await table.drop();
});

/** A client of whose queries each is told before it is sent, and waited for, and again when its answer is there. */
function watchedClient(watch: { before(group: string): Promise<void>; after(group: string): void }) {
  const client = testClient();
  client.middlewareStack.add(
    next => async asked => {
      const { ExpressionAttributeValues } = asked.input as {
        ExpressionAttributeValues?: Record<string, { S?: string }>;
      };
      const group = ExpressionAttributeValues?.[':group']?.S ?? '';
      await watch.before(group);
      const answered = await next(asked);
      watch.after(group);
      return answered;
    },
    { step: 'initialize' },
  );
  return client;
}

function newGate() {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { opened, open };
}

/** Two workers whose counters lie in different groups. */
function workersApart(backfill: string): readonly [string, string] {
  const groupOf = (worker: string) => counterKey(backfill, { worker, number: 0 }).group;
  const others = Array.from({ length: COUNTER_SHARDS }, (_, index) => `other-${index}`);
  return ['one', present(others.find(other => groupOf(other) !== groupOf('one')))];
}

test('a key that is handed on and settled between two of its reads counts once', async () => {
  const writer = await table.open({ workerId: 'lister' });
  const row = await startBackfill(writer);
  const { backfill } = row;
  await checkpoint(writer, row, { one: 2 });
  const [first, second] = workersApart(backfill);
  const [settlesBatch, settlesObject] = [await table.open({ workerId: first }), await table.open({ workerId: second })];
  const early = counterKey(backfill, { worker: first, number: 0 }).group;
  const late = counterKey(backfill, { worker: second, number: 0 }).group;
  const isRead = newGate();
  const isSettled = newGate();
  const client = watchedClient({
    before: async group => {
      if (group === late) await isSettled.opened;
    },
    after: group => {
      if (group === early) isRead.open();
    },
  });
  const reader = await table.open({ workerId: 'reader', client });
  const reading = reader.findBackfill(backfill);
  await isRead.opened;
  const id = { backfill, batch: 'one' };
  await settlesBatch.settleBatch({ ...id, settled: [copied('a')], owed: [{ key: 'o', sizeBytes: 10 }] });
  await settlesObject.settleObject(id, copied('o'));
  isSettled.open();
  expect(present(await reading).counts).toMatchObject({
    found: { objects: 2, bytes: 20 },
    byOutcome: { copied: { objects: 1, bytes: 10 } },
    remaining: { objects: 1, bytes: 10 },
    unpaidBatches: 1,
    unpaidObjects: 0,
  });
  expect(present(await reader.findBackfill(backfill)).counts).toMatchObject({
    found: { objects: 2, bytes: 20 },
    byOutcome: { copied: { objects: 2, bytes: 20 } },
    remaining: { objects: 0, bytes: 0 },
  });
  for (const ledger of [writer, settlesBatch, settlesObject, reader]) await ledger.close();
});

test('a failure that is retried between two of its reads counts once', async () => {
  const writer = await table.open({ workerId: 'one' });
  const row = await startBackfill(writer);
  const { backfill } = row;
  await checkpoint(writer, row, { one: 1 });
  const isRead = newGate();
  const isRetried = newGate();
  const client = watchedClient({
    before: async group => {
      if (group === rangesGroup(backfill)) await isRetried.opened;
    },
    after: group => {
      if (group === counterKey(backfill, { worker: 'one', number: 0 }).group) isRead.open();
    },
  });
  const reader = await table.open({ workerId: 'reader', client });
  const reading = reader.findBackfill(backfill);
  await isRead.opened;
  const failed = { key: 'f', kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'No.' } as const;
  await writer.settleBatch({ backfill, batch: 'one', settled: [failed], owed: [] });
  expect(await writer.retryFailed(backfill)).toBe(true);
  const { ranges } = await writer.claimSilent({ before: new Date(0), limit: 99 });
  const retry = present(ranges.find(range => range.backfill === backfill && range.range !== row.range));
  const listing = present(await writer.findRange(retry));
  await writer.checkpointRetry({ ...listing, batch: 'again', failures: [{ key: 'f' }] });
  isRetried.open();
  expect(present(await reading).counts).toMatchObject({
    found: { objects: 1, bytes: 10 },
    byOutcome: { failed: { objects: 0, bytes: 0 } },
    remaining: { objects: 1, bytes: 10 },
  });
  for (const ledger of [writer, reader]) await ledger.close();
});
