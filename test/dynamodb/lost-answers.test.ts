// The network loses requests, answers, and time. Whoever was first is told so, and nothing is counted twice.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Ledger, RangeRow } from '../../aws-worker/ledger/ledger.ts';
import { checkpoint, copied, present, startBackfill, testClock } from '../contract/ledger-fixture.ts';
import { type Decide, type FaultyProxy, type ProxyFault, startFaultyProxy } from './faulty-proxy.ts';
import { createTestTable, type TestTable } from './test-table.ts';

const WRITES = ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
const LATE_MILLISECONDS = 150;
const VERSION = {
  sourceEtag: 'etag',
  sourceLastModified: 'then',
  sizeBytes: 9,
  partSizeBytes: 5,
  descriptionHash: '00',
};
const PART = { partNumber: 1, sizeBytes: 5, crc64: 1n, crc32: 1 };

let table: TestTable;
let proxy: FaultyProxy;
let ledger: Ledger;
const clock = testClock();

beforeAll(async () => {
  table = await createTestTable();
  proxy = await startFaultyProxy();
  ledger = await table.open({ workerId: 'one', endpoint: proxy.endpoint, now: clock.now });
});
afterEach(async () => {
  proxy.decide = () => undefined;
  // The next one is to be alone.
  for (const id of await ledger.runningBackfills())
    await ledger.changeStatus(id, { from: ['running'], to: 'cancelled' });
});
afterAll(async () => {
  await ledger.close();
  await proxy.close();
  await table.drop();
});

/** The first try of each write meets it, the second goes through. */
function everyFirstTry(fault: ProxyFault): Decide {
  const met = new Set<string>();
  return ({ operation, body }) => {
    if (!WRITES.includes(operation)) return undefined;
    const name = JSON.stringify(body);
    if (met.delete(name)) return undefined;
    met.add(name);
    return fault;
  };
}

interface Owing {
  readonly row: RangeRow;
  readonly backfill: string;
}

/** A range, the batches `one` and `two`; and of `three`, which is settled, the failure `f` and the owed object `a`. */
async function owing(): Promise<Owing> {
  const row = await startBackfill(ledger);
  const { backfill } = row;
  const next = await checkpoint(ledger, row, { one: 1, two: 1, three: 2 });
  const failed = { key: 'f', kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'No.' } as const;
  await ledger.settleBatch({ backfill, batch: 'three', settled: [failed], owed: [{ key: 'a', sizeBytes: 10 }] });
  return { row: next, backfill };
}

async function paid({ row, backfill }: Owing): Promise<void> {
  for (const batch of ['one', 'two']) await ledger.settleBatch({ backfill, batch, settled: [copied(batch)], owed: [] });
  await ledger.settleObject({ backfill, batch: 'three' }, copied('a'));
  await ledger.closeRange(row);
}

const settled = ({ backfill }: Owing) =>
  ledger.settleBatch({ backfill, batch: 'one', settled: [copied('x')], owed: [] });
const grown = ({ backfill }: Owing) => {
  const owed = Array.from({ length: 250 }, (_, index) => ({ key: `k${index}`, sizeBytes: 1 }));
  return ledger.settleBatch({ backfill, batch: 'one', settled: [copied('x')], owed });
};
let names = 0;
const newName = () => `name-${names++}`;
const started = () =>
  ledger.startBackfill({ request: { prefix: newName(), mode: 'all' }, force: false, idempotencyKey: newName() });

interface Case {
  readonly name: string;
  readonly prepare?: ((owing: Owing) => Promise<unknown>) | undefined;
  readonly act: (owing: Owing) => Promise<unknown>;
  /** What whoever was first is told. */
  readonly told: unknown;
}

const CASES: readonly Case[] = [
  { name: 'starting a backfill', act: async () => (await started()).isNew, told: true },
  {
    name: 'a checkpoint',
    act: async ({ row }) => {
      const batches = [{ batch: 'four', from: 'k', to: 'l', found: { objects: 1, bytes: 10 } }];
      return (await ledger.checkpointRange({ ...row, cursor: 'l', batches }))?.cursor;
    },
    told: 'l',
  },
  { name: 'a mark that messages were sent', act: ({ row }) => ledger.markSent(row), told: true },
  { name: 'closing a range', act: ({ row }) => ledger.closeRange(row), told: true },
  { name: 'settling a batch', act: settled, told: 'settled' },
  { name: 'settling a batch that has grown', act: grown, told: 'settled' },
  {
    name: 'settling an object',
    act: ({ backfill }) => ledger.settleObject({ backfill, batch: 'three' }, copied('a')),
    told: 'settled',
  },
  {
    name: 'pausing',
    act: ({ backfill }) => ledger.changeStatus(backfill, { from: ['running'], to: 'paused' }),
    told: true,
  },
  {
    name: 'claiming silent debts',
    prepare: async () => clock.advanceSeconds(10),
    act: async () => {
      const { ranges, batches, objects } = await ledger.claimSilent({ before: clock.now(), limit: 9 });
      return [ranges.length, batches.length, objects.length];
    },
    told: [1, 2, 1],
  },
  { name: 'completing', prepare: paid, act: ({ backfill }) => ledger.completeIfPaid(backfill), told: true },
  { name: 'beginning a retry', act: ({ backfill }) => ledger.retryFailed(backfill), told: true },
  {
    name: 'a checkpoint of a retry',
    prepare: ({ backfill }) => ledger.retryFailed(backfill),
    act: async ({ backfill }) => {
      const { ranges } = await ledger.claimSilent({ before: new Date(0), limit: 9 });
      const row = present(await ledger.findRange(present(ranges[0])));
      const next = await ledger.checkpointRetry({ ...row, batch: 'again', failures: [{ key: 'f' }] });
      return [
        next?.unsent.objects.map(({ key }) => key),
        (await ledger.listFailures({ backfill, after: '', limit: 9 })).length,
      ];
    },
    told: [['f'], 0],
  },
  {
    name: 'beginning an upload',
    act: async () => (await ledger.uploads.begin(newName(), VERSION))?.version,
    told: VERSION,
  },
  {
    name: 'an upload from its beginning to its end',
    act: async () => {
      const upload = present(await ledger.uploads.begin(newName(), VERSION));
      return [
        await ledger.uploads.setUploadId(upload, 'id'),
        await ledger.uploads.addPart(upload, PART),
        (await ledger.uploads.find(upload.key))?.parts,
        await ledger.uploads.remove(upload),
        await ledger.uploads.find(upload.key),
      ];
    },
    told: [true, true, [PART], true, undefined],
  },
  {
    name: 'retiring an upload',
    act: async () => await ledger.uploads.retire(present(await ledger.uploads.begin(newName(), VERSION))),
    told: true,
  },
];

const FAULTS: readonly (readonly [string, ProxyFault])[] = [
  ['answers are lost', { kind: 'lose-answer' }],
  ['requests are lost', { kind: 'lose-request' }],
  ['requests arrive after those that repeat them', { kind: 'late', milliseconds: LATE_MILLISECONDS }],
];

async function countsOf(backfill: string) {
  const { counts, status } = present(await ledger.findBackfill(backfill));
  return { counts, status };
}

describe.each(FAULTS)('while %s', (_, fault) => {
  test.each(CASES)('$name takes place once, and is told to whoever did it', async ({ name, prepare, act, told }) => {
    const disturbed = await owing();
    await prepare?.(disturbed);
    const before = proxy.struck;
    proxy.decide = everyFirstTry(fault);
    expect(await act(disturbed)).toEqual(told);
    expect(proxy.struck).toBeGreaterThan(before);
    if (fault.kind === 'late') await delay(LATE_MILLISECONDS * 2);
    expect(await countsOf(disturbed.backfill)).toEqual(await undisturbed(name, { prepare, act }));
  });
});

const knownCounts = new Map<string, Awaited<ReturnType<typeof countsOf>>>();

/** What it comes to when nothing happens on the way. */
async function undisturbed(name: string, { prepare, act }: Pick<Case, 'prepare' | 'act'>) {
  proxy.decide = () => undefined;
  const known = knownCounts.get(name);
  if (known !== undefined) return known;
  for (const id of await ledger.runningBackfills())
    await ledger.changeStatus(id, { from: ['running'], to: 'cancelled' });
  const alone = await owing();
  await prepare?.(alone);
  await act(alone);
  const counts = await countsOf(alone.backfill);
  knownCounts.set(name, counts);
  return counts;
}

test('an answer that never comes is trouble that time mends; what was done is done once', async () => {
  const { backfill } = await owing();
  const patience = { maxWaitMilliseconds: 300 };
  const impatient = await table.open({ workerId: 'two', endpoint: proxy.endpoint, now: clock.now, ...patience });
  proxy.decide = ({ operation }) => (operation === 'TransactWriteItems' ? { kind: 'lose-answer' } : undefined);
  const batch = { backfill, batch: 'one', settled: [copied('x')], owed: [] };
  await expect(impatient.settleBatch(batch)).rejects.toMatchObject({ kind: 'retryable', code: 'ledger-busy' });
  proxy.decide = () => undefined;
  expect(await impatient.settleBatch(batch)).toBe('already-settled');
  await impatient.close();
  expect(present(await ledger.findBackfill(backfill)).counts).toMatchObject({
    byOutcome: { copied: { objects: 1, bytes: 10 } },
    unpaidBatches: 1,
  });
});
