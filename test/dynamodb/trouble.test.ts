// A service under load, and other workers at the same rows: what is refused for now is tried again, for as long as a worker waits; then it is trouble that
// time mends. And the counting protocol with all of it at once.

import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { OUTCOMES } from '../../aws-worker/transfer/outcome.ts';
import { checkpoint, copied, present, startBackfill, testClock } from '../contract/ledger-fixture.ts';
import { ProtocolRun } from '../contract/ledger-protocol-run.ts';
import { createRandom } from '../simulation/random.ts';
import { cancelled, type FaultyProxy, type ProxyFault, refusal, startFaultyProxy } from './faulty-proxy.ts';
import { createTestTable, type TestTable } from './test-table.ts';

const PROTOCOL_RUNS = 3;

let table: TestTable;
let proxy: FaultyProxy;
let ledger: Ledger;
const clock = testClock();

beforeAll(async () => {
  table = await createTestTable();
  proxy = await startFaultyProxy();
  ledger = await table.open({ workerId: 'one', endpoint: proxy.endpoint, now: clock.now });
});
afterEach(() => {
  proxy.decide = () => undefined;
});
afterAll(async () => {
  await ledger.close();
  await proxy.close();
  await table.drop();
});

/** The next so many requests of the operation meet it. */
function strike(operation: string, times: number, fault: ProxyFault): void {
  let left = times;
  proxy.decide = asked => (asked.operation === operation && left-- > 0 ? fault : undefined);
}

const PASSING: readonly (readonly [string, ProxyFault])[] = [
  ['meets other transactions', cancelled('TransactionConflict', 'None')],
  ['is throttled as a whole', refusal('ThrottlingException')],
  ['is throttled in one of its writes', cancelled('None', 'ThrottlingError')],
  ['is throttled by a partition', cancelled('ProvisionedThroughputExceeded', 'None')],
  ['is in progress still', refusal('TransactionInProgressException')],
  ['meets an error of the server', refusal('InternalServerError', {}, 500)],
  ['meets a balancer without servers', { kind: 'answer', status: 503, body: '<html>Service Unavailable</html>' }],
];

test.each(PASSING)('a settlement that %s is settled once it is not', async (_, fault) => {
  const row = await startBackfill(ledger);
  await checkpoint(ledger, row, { one: 1 });
  const before = proxy.struck;
  strike('TransactWriteItems', 2, fault);
  const batch = { backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] };
  expect(await ledger.settleBatch(batch)).toBe('settled');
  expect(proxy.struck - before).toBe(2);
  expect(present(await ledger.findBackfill(row.backfill)).counts).toMatchObject({
    byOutcome: { copied: { objects: 1, bytes: 10 } },
    unpaidBatches: 0,
  });
});

const CONFLICT = cancelled('TransactionConflict', 'None');

test.each<readonly [string, readonly ProxyFault[], readonly number[]]>([
  ['has another token once it was cancelled', [CONFLICT, CONFLICT], [0, 1, 2]],
  [
    'keeps its token until it is answered',
    [{ kind: 'lose-request' }, refusal('InternalServerError', {}, 500)],
    [0, 0, 0],
  ],
  ['keeps it while it is in progress', [refusal('TransactionInProgressException')], [0, 0]],
  // It may have been carried out by then, and only this token tells.
  [
    'keeps it when it was cancelled after an answer was lost',
    [{ kind: 'lose-request' }, CONFLICT, CONFLICT],
    [0, 0, 0, 0],
  ],
  ['keeps that of the try whose answer was lost', [CONFLICT, { kind: 'lose-request' }, CONFLICT], [0, 1, 1, 1]],
])('a transaction %s', async (_, faults, expected) => {
  const row = await startBackfill(ledger);
  await checkpoint(ledger, row, { one: 1 });
  const left = [...faults];
  const tokens: unknown[] = [];
  proxy.decide = ({ operation, body }) => {
    if (operation !== 'TransactWriteItems') return undefined;
    tokens.push(body.ClientRequestToken);
    return left.shift();
  };
  await ledger.settleBatch({ backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] });
  const known = [...new Set(tokens)];
  expect(tokens.map(token => known.indexOf(token))).toEqual(expected);
});

test('whoever changed a status is told so, though the answer was lost and a conflict came instead', async () => {
  const { backfill } = await startBackfill(ledger);
  const faults: ProxyFault[] = [{ kind: 'lose-answer' }, cancelled('TransactionConflict')];
  proxy.decide = ({ operation }) => (operation === 'TransactWriteItems' ? faults.shift() : undefined);
  expect(await ledger.changeStatus(backfill, { from: ['running'], to: 'paused' })).toBe(true);
  expect(faults).toEqual([]);
  expect(await ledger.statusOf(backfill)).toBe('paused');
});

const REFUSED: readonly (readonly [string, string, ProxyFault, string])[] = [
  ['of conflicts', 'TransactWriteItems', cancelled('TransactionConflict', 'None'), 'other workers wrote the same rows'],
  ['of throttling', 'TransactWriteItems', refusal('ThrottlingException'), 'DynamoDB throttles it'],
  ['of throttled reads', 'GetItem', refusal('ProvisionedThroughputExceededException'), 'DynamoDB throttles it'],
  ['of errors', 'GetItem', refusal('InternalServerError', {}, 500), 'DynamoDB could not serve it'],
  ['of broken connections', 'GetItem', { kind: 'lose-request' }, 'DynamoDB could not be reached'],
];

test.each(REFUSED)('too much %s is said to be trouble that time mends', async (_, operation, fault, sentence) => {
  const row = await startBackfill(ledger);
  await checkpoint(ledger, row, { one: 1 });
  const patience = { maxWaitMilliseconds: 200 };
  const impatient = await table.open({ workerId: 'two', endpoint: proxy.endpoint, now: clock.now, ...patience });
  strike(operation, Number.POSITIVE_INFINITY, fault);
  const batch = { backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] };
  await expect(impatient.settleBatch(batch)).rejects.toMatchObject({
    kind: 'retryable',
    code: 'ledger-busy',
    message: expect.stringContaining(sentence),
  });
  await impatient.close();
});

test('a condition that failed beside a conflict has failed', async () => {
  const row = await startBackfill(ledger);
  await checkpoint(ledger, row, { one: 1 });
  strike('TransactWriteItems', 1, cancelled('ConditionalCheckFailed', 'TransactionConflict'));
  const batch = { backfill: row.backfill, batch: 'one', settled: [copied('a')], owed: [] };
  expect(await ledger.settleBatch(batch)).toBe('already-settled');
});

test('a failure that is older than the one on the list is counted, and leaves the list as it is', async () => {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  await checkpoint(ledger, row, { one: 1, two: 2 });
  const settle = (by: Ledger, batch: string, keys: readonly string[]) =>
    by.settleBatch({
      backfill,
      batch,
      settled: keys.map(key => ({ key, kind: 'failed', sizeBytes: 10, code: `by-${batch}`, reason: 'No.' })),
      owed: [],
    });
  expect(await settle(ledger, 'one', ['a'])).toBe('settled');
  const past = new Date(clock.now().getTime() - 60_000);
  const behind = await table.open({ workerId: 'behind', now: () => past });
  expect(await settle(behind, 'two', ['a', 'b'])).toBe('settled');
  const listed = await ledger.listFailures({ backfill, after: '', limit: 9 });
  expect(listed.map(({ key, code }) => [key, code])).toEqual([
    ['a', 'by-one'],
    ['b', 'by-two'],
  ]);
  expect(present(await ledger.findBackfill(backfill)).counts.byOutcome.failed.objects).toBe(3);
  await behind.close();
});

test('what a batch of reads left over is read as well', async () => {
  const row = await startBackfill(ledger);
  const { unsent } = await checkpoint(ledger, row, { one: 1, two: 1, three: 1 });
  let left = 2;
  proxy.decide = ({ operation, body }) => {
    if (operation !== 'BatchGetItem' || left-- <= 0) return undefined;
    const answer = { Responses: { [table.table]: [] }, UnprocessedKeys: body.RequestItems };
    return { kind: 'answer', status: 200, body: JSON.stringify(answer) };
  };
  expect(present(await ledger.findRange(row)).unsent).toEqual(unsent);
  expect(left).toBeLessThan(0);
});

test('what a batch of deletes left over is deleted as well', async () => {
  const row = await startBackfill(ledger);
  await checkpoint(ledger, row, { one: 1, two: 1 });
  await ledger.changeStatus(row.backfill, { from: ['running'], to: 'cancelled' });
  clock.advanceSeconds(10);
  let left = 2;
  proxy.decide = ({ operation, body }) => {
    if (operation !== 'BatchWriteItem' || left-- <= 0) return undefined;
    return { kind: 'answer', status: 200, body: JSON.stringify({ UnprocessedItems: body.RequestItems }) };
  };
  while ((await ledger.pruneBackfills({ endedBefore: clock.now(), limit: 100 })) > 0);
  expect(left).toBeLessThan(0);
  expect(await ledger.findBackfill(row.backfill)).toBeUndefined();
  expect(await ledger.findBatch({ backfill: row.backfill, batch: 'one' })).toBeUndefined();
});

const ANY_FAULT: readonly ProxyFault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-answer' },
  { kind: 'lose-request' },
  { kind: 'late', milliseconds: 30 },
  refusal('ThrottlingException'),
  refusal('InternalServerError', {}, 500),
];

test('the counting protocol ends with every key counted once, whatever the network does as well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async seed => {
      const own = await createTestTable();
      const random = createRandom(Math.abs(seed));
      proxy.decide = ({ operation }) => {
        if (!random.chance(0.12)) return undefined;
        if (operation === 'TransactWriteItems' && random.chance(0.3)) return cancelled('TransactionConflict', 'None');
        return random.pick(ANY_FAULT);
      };
      const open = (workerId: string) => own.open({ workerId, endpoint: proxy.endpoint, now: clock.now });
      const ledgers = [await open('one'), await open('two'), await open('three')];
      try {
        const run = new ProtocolRun({ ledgers, clock, seed });
        const backfill = await run.toItsEnd();
        const { counts, status } = present(await present(ledgers[0]).findBackfill(backfill));
        expect(status).toBe('done');
        expect(counts).toMatchObject({ openRanges: 0, unpaidBatches: 0, unpaidObjects: 0 });
        expect(counts.remaining).toEqual({ objects: 0, bytes: 0 });
        expect([...run.settlements.values()].filter(times => times !== 1)).toEqual([]);
        expect(run.keysNeverTouched.filter(key => !run.settlements.has(key))).toEqual([]);
        const outcomes = OUTCOMES.reduce((total, kind) => total + counts.byOutcome[kind].objects, 0);
        expect(outcomes).toBe(counts.found.objects);
        expect(outcomes - counts.byOutcome['source-missing'].objects).toBe(run.settlements.size);
      } finally {
        for (const each of ledgers) await each.close();
        await own.drop();
      }
    }),
    { numRuns: PROTOCOL_RUNS },
  );
});
