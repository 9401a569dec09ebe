// What a backfill asks of the table, through the worker's own handlers; docs/dynamodb.md says the same figures, and their price.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweep } from '../../aws-worker/backfill/sweep.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import { checkpoint, present, startBackfill } from '../contract/ledger-fixture.ts';
import { createBackfillFixture } from '../unit/aws-worker/backfill/backfill-fixture.ts';
import { RequestCounts } from './count-requests.ts';
import { createTestTable, type TestTable } from './test-table.ts';

const OBJECTS = 10_000;
const MILLION = 1_000_000;
const PARTS = 100;
/** A group of ranges, and sixteen of counters. */
const UNITS_OF_COUNTS = 17;
/** Of a worker that works for it: every two seconds. */
const LOOKS_A_MINUTE = 30;
const UNITS_A_MINUTE = 70;
const DOCS = new URL('../../docs/dynamodb.md', import.meta.url);
/** Of what the docs say. Looks for a witness are random: reads were 108,000 to 146,000 in a dozen runs. */
const TOLERANCE = { writes: 0.1, reads: 0.4 };

let table: TestTable;
let counts: RequestCounts;
const opened: Ledger[] = [];

beforeAll(async () => {
  table = await createTestTable();
  counts = new RequestCounts();
});
afterAll(async () => {
  for (const ledger of opened) await ledger.close();
  await table.drop();
});

async function openLedger(options: { readonly now?: () => Date } = {}): Promise<Ledger> {
  const ledger = await table.open({ workerId: `worker-${opened.length}`, client: counts.client(), ...options });
  opened.push(ledger);
  return ledger;
}

/** The number in the row of this name, in the table of costs. */
async function documented(name: string): Promise<number> {
  const text = await readFile(DOCS, 'utf8');
  const row = text.split('\n').find(line => line.startsWith(`| ${name} |`));
  const [, , number = ''] = present(row).split('|');
  return Number(number.replaceAll(',', ''));
}

test('a million objects in batches of 90 take as many request units as the docs say', async () => {
  const fixture = await createBackfillFixture({ ledger: openLedger });
  fixture.addObjects(OBJECTS);
  counts.reset();
  const id = await fixture.start();
  await fixture.workOff();
  expect(await fixture.ledger.statusOf(id)).toBe('done');
  const perMillion = { writes: (counts.writeUnits / OBJECTS) * MILLION, reads: (counts.readUnits / OBJECTS) * MILLION };
  console.log(
    `request units for a million objects: ${JSON.stringify(perMillion)} ${JSON.stringify([...counts.byOperation])}`,
  );
  for (const [name, units, tolerance] of [
    ['Write request units', perMillion.writes, TOLERANCE.writes],
    ['Read request units', perMillion.reads, TOLERANCE.reads],
  ] as const) {
    const said = await documented(name);
    expect(units, name).toBeGreaterThan(said * (1 - tolerance));
    expect(units, name).toBeLessThan(said * (1 + tolerance));
  }
});

test('a minute of a backfill that runs takes each worker as many read units as the docs say, whatever is done in it', async () => {
  const fixture = await createBackfillFixture({ ledger: openLedger });
  fixture.addObjects(1);
  const id = await fixture.start();
  counts.reset();
  await sweep(fixture.context);
  for (let look = 0; look < LOOKS_A_MINUTE; look++) expect(await fixture.ledger.statusOf(id)).toBe('running');
  expect(Math.abs(counts.readUnits - UNITS_A_MINUTE)).toBeLessThanOrEqual(UNITS_A_MINUTE / 10);
  expect(await readFile(DOCS, 'utf8')).toContain(`${UNITS_A_MINUTE} read units a minute`);
  await fixture.workOff();
});

test('new objects, by event, take none', async () => {
  const fixture = await createBackfillFixture({ ledger: openLedger });
  fixture.addObjects(3);
  counts.reset();
  for (let index = 0; index < 3; index++) {
    await fixture.queue.send([{ body: formatMessage({ key: `k000${index}`, size: 1 }) }]);
  }
  await fixture.workOff();
  expect(fixture.outcomes).toEqual(['copied', 'copied', 'copied']);
  expect(counts.requests).toBe(0);
});

test('a list takes as many read units as the docs say, and of what was cancelled a minute ago only once a minute', async () => {
  let now = Date.now();
  const ledger = await openLedger({ now: () => new Date(now) });
  const cancel = async () => {
    const { backfill } = await startBackfill(ledger);
    await ledger.changeStatus(backfill, { from: ['running'], to: 'cancelled' });
  };
  const unitsOfList = async (limit: number) => {
    counts.reset();
    expect(await ledger.listBackfills({ limit })).toHaveLength(limit);
    return counts.readUnits;
  };
  for (let index = 0; index < 5; index++) await cancel();
  const all = 1 + 5 * UNITS_OF_COUNTS;
  // Whoever works for one may not have heard of its end yet.
  expect([await unitsOfList(5), await unitsOfList(5)]).toEqual([all, all]);
  now += 60_000;
  expect([await unitsOfList(5), await unitsOfList(5)]).toEqual([all, 1]);
  await startBackfill(ledger);
  expect(await unitsOfList(6)).toBe(1 + UNITS_OF_COUNTS);
  now += 60_000;
  expect(await unitsOfList(6)).toBe(all + UNITS_OF_COUNTS);
  expect(await readFile(DOCS, 'utf8')).toContain(`${UNITS_OF_COUNTS} read units`);
});

test('a list reads the counts of several at a time, and they are those that each has', async () => {
  const own = await createTestTable();
  const inFlight = new Map<string, number>();
  let most = 0;
  const client = counts.client();
  client.middlewareStack.add(
    next => async asked => {
      const { ExpressionAttributeValues } = asked.input as {
        ExpressionAttributeValues?: Record<string, { S?: string }>;
      };
      const [, id] = /^counters#(.+)#\d+$/.exec(ExpressionAttributeValues?.[':group']?.S ?? '') ?? [];
      if (id === undefined) return await next(asked);
      inFlight.set(id, (inFlight.get(id) ?? 0) + 1);
      most = Math.max(most, [...inFlight.values()].filter(queries => queries > 0).length);
      try {
        return await next(asked);
      } finally {
        inFlight.set(id, (inFlight.get(id) ?? 0) - 1);
      }
    },
    { step: 'initialize' },
  );
  const ledger = await own.open({ workerId: 'lists', client });
  for (let objects = 1; objects <= 9; objects++)
    await checkpoint(ledger, await startBackfill(ledger), { one: objects });
  const listed = await ledger.listBackfills({ limit: 9 });
  expect(listed.map(({ counts: { found } }) => found.objects)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(most).toBe(4);
  await ledger.close();
  await own.drop();
});

test('an object in many parts takes two writes and a read for each part, and a few for itself', async () => {
  const { uploads } = await openLedger();
  counts.reset();
  const version = { sourceEtag: 'e', sourceLastModified: 't', sizeBytes: 9, partSizeBytes: 5, descriptionHash: '0' };
  expect(await uploads.find('key')).toBeUndefined();
  const upload = present(await uploads.begin('key', version));
  await uploads.setUploadId(upload, 'id');
  for (let partNumber = 1; partNumber <= PARTS; partNumber++) {
    await uploads.addPart(upload, { partNumber, sizeBytes: 5, crc64: 1n, crc32: 1 });
  }
  await uploads.remove(upload);
  expect(counts.writeUnits).toBeLessThanOrEqual(PARTS * 2 + 10);
  expect(counts.readUnits).toBeLessThanOrEqual(PARTS + 10);
});
