// No row and no partition is asked for much more than its share, at a thousand settled batches a second. The rate is simulated: the workers' clock moves by
// SECONDS while they do as long's work, however long the server takes for it; what is counted is writes by row and request units by group meanwhile.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html

import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ledger, RangeRow, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { copied, present } from '../contract/ledger-fixture.ts';
import { RequestCounts } from './count-requests.ts';
import { createTestTable, type TestTable } from './test-table.ts';

const BATCHES_A_SECOND = 1_000;
const SECONDS = 0.5;
const BATCHES = BATCHES_A_SECOND * SECONDS;
/** As long as a page is: a checkpoint takes at most 90, and a lister makes no more than 15 or so of them a second. */
const BATCHES_A_CHECKPOINT = 90;
const MAX_WRITES_A_ROW = 50;
/** Half of what a partition takes. */
const MAX_WRITE_UNITS = 500;
const MAX_READ_UNITS = 1_500;
const KIBIBYTE = 1024;

let table: TestTable;
let counts: RequestCounts;
let ledgers: Ledger[];
let milliseconds: number;

beforeEach(async () => {
  table = await createTestTable();
  counts = new RequestCounts();
  ledgers = [];
  milliseconds = 0;
});
afterEach(async () => {
  for (const ledger of ledgers) await ledger.close();
  await table.drop();
});

async function openFleet(workers: number): Promise<void> {
  for (let index = 0; index < workers; index++) {
    const clocks = { milliseconds: () => milliseconds, now: () => new Date(Date.UTC(2026, 0, 1) + milliseconds) };
    ledgers.push(await table.open({ workerId: `worker-${index}`, client: counts.client(), ...clocks }));
  }
}

/** What handling a message of a batch asks of the ledger. Of a hundred, a few keys fail, or are owed. */
async function handleBatch(ledger: Ledger, backfill: string, batch: string, number: number): Promise<void> {
  await ledger.findBackfillRow(backfill);
  await ledger.findBatch({ backfill, batch });
  const failed: readonly SettledObject[] =
    number % 20 === 0 ? [{ key: `failed-${number}`, kind: 'failed', sizeBytes: 1, code: 'denied', reason: 'No.' }] : [];
  const owed = number % 30 === 0 ? [{ key: `owed-${number}`, sizeBytes: 1 }] : [];
  const settled = [copied(`a-${number}`), ...failed];
  expect(await ledger.settleBatch({ backfill, batch, settled, owed })).toBe('settled');
  for (const object of await ledger.owedObjectsOf({ backfill, batch })) {
    await ledger.settleObject(object, copied(object.key));
  }
  await ledger.completeIfPaid(backfill);
}

/** What listing a page asks of the ledger. */
async function listPage(ledger: Ledger, row: RangeRow, first: number): Promise<RangeRow> {
  const { backfill } = row;
  await ledger.findBackfillRow(backfill);
  await ledger.findRange(row);
  await ledger.unpaid(backfill);
  const batches = Array.from({ length: BATCHES_A_CHECKPOINT }, (_, index) => ({
    batch: `batch-${first + index}`,
    from: `photos/2024/some-folder/IMG_${first + index}.jpg`,
    to: `photos/2024/some-folder/IMG_${first + index + 1}.jpg`,
    found: { objects: 1, bytes: 10 },
  }));
  const next = present(await ledger.checkpointRange({ ...row, cursor: `cursor-${first}`, batches }));
  await ledger.markSent(next);
  return next;
}

/** `together`: batches that are settled at the same moment. */
async function work(together: number): Promise<void> {
  const [lister] = ledgers;
  const { backfill, range } = await present(lister).startBackfill({
    request: { prefix: '', mode: 'all' },
    force: true,
    idempotencyKey: undefined,
  });
  let row = present(await present(lister).findRange({ backfill: backfill.id, range }));
  let made = 0;
  counts.reset();
  for (let number = 0; number < BATCHES; number += together) {
    for (; made < Math.min(number + together, BATCHES); made += BATCHES_A_CHECKPOINT) {
      row = await listPage(present(lister), row, made);
    }
    await Promise.all(
      Array.from({ length: Math.min(together, BATCHES - number) }, (_, index) =>
        handleBatch(present(ledgers[index % ledgers.length]), backfill.id, `batch-${number + index}`, number + index),
      ),
    );
    milliseconds += (together * 1000) / BATCHES_A_SECOND;
  }
  // What each does every few seconds, whatever there is to do.
  for (const [index, ledger] of ledgers.entries()) {
    await ledger.statusOf(backfill.id);
    await ledger.probe();
    await ledger.heartbeat({ id: `worker-${index}`, host: 'host' });
  }
  await present(lister).claimSilent({ before: new Date(0), limit: 100 });
}

/** The largest row of each group as it was left, in units that a write of it takes in a transaction. */
async function unitsOfAWrite(): Promise<ReadonlyMap<string, number>> {
  const units = new Map<string, number>();
  let last: Record<string, { S: string }> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.table, ...(last === undefined ? {} : { ExclusiveStartKey: last }) }),
    );
    for (const item of page.Items ?? []) {
      const group = item.group?.S ?? '';
      const bytes = Buffer.byteLength(JSON.stringify(item));
      units.set(group, Math.max(units.get(group) ?? 0, 2 * Math.ceil(bytes / KIBIBYTE)));
    }
    last = page.LastEvaluatedKey as typeof last;
  } while (last !== undefined);
  return units;
}

/** A second. */
function largest(values: ReadonlyMap<string, number>): { readonly name: string; readonly value: number } {
  const [name = '', value = 0] = [...values].sort(([, a], [, b]) => b - a)[0] ?? [];
  return { name, value: value / SECONDS };
}

async function expectNoHotSpot(): Promise<void> {
  const units = await unitsOfAWrite();
  const writeUnits = new Map(
    [...counts.writesByGroup].map(([group, writes]) => [group, writes * (units.get(group) ?? 2)]),
  );
  const hottest = {
    row: largest(counts.writesByRow),
    writes: largest(writeUnits),
    reads: largest(counts.readUnitsByGroup),
  };
  console.log(`hottest of ${ledgers.length} workers: ${JSON.stringify(hottest)}, ${counts.requests} requests`);
  expect(hottest.row.value).toBeLessThanOrEqual(MAX_WRITES_A_ROW);
  expect(hottest.writes.value).toBeLessThanOrEqual(MAX_WRITE_UNITS);
  expect(hottest.reads.value).toBeLessThanOrEqual(MAX_READ_UNITS);
}

test('thirty workers that settle 1,000 batches of one backfill a second write no row more than 50 times, and half fill no partition', async () => {
  await openFleet(30);
  await work(30);
  await expectNoHotSpot();
});

test('so does one worker that settles as many alone', async () => {
  await openFleet(1);
  await work(25);
  await expectNoHotSpot();
});
