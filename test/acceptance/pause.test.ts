// What a person does to a backfill holds on every worker of the ledger, within seconds, whoever was asked.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, openUploads, SETTLE, startBridge } from './bridge.ts';
import { countObjectBytes } from './count-object-bytes.ts';
import { createGate, type Gate } from './gate.ts';
import { failuresOf, findBackfill, request, startBackfill, statusOf, untilDone } from './worker-api.ts';

const PART_BYTES = 5 * MEBIBYTE;
const LARGE = { key: 'large.tar', sizeBytes: 30 * MEBIBYTE, metadata: {} };
const SMALL_PARTS = { PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32', MAX_CONCURRENT_PARTS: '2' };
/** A look every two seconds, and a busy machine. */
const WITHIN = { timeout: 8_000, interval: 50 };
const SMALL_OBJECTS = 300;

let bridge: Bridge;
let gate: Gate;
let workers: readonly WorkerProcess[];
let isDenied: (key: string) => boolean;
let bytesRead: () => number;

beforeEach(async () => {
  gate = createGate();
  isDenied = () => false;
  const counter = countObjectBytes();
  bytesRead = () => counter.bytes;
  bridge = await startBridge({
    intercept: {
      oss: async ({ operation, request: { headers }, response, key = '' }) => {
        if (operation !== 'GetObject') return false;
        if (isDenied(key)) {
          response.writeHead(403, { 'content-type': 'application/xml', 'x-oss-request-id': 'test' });
          response.end('<Error><Code>AccessDenied</Code><Message>You may not.</Message></Error>');
          return true;
        }
        counter.count(response);
        const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
        if (key > 'small/00100' || start >= 2 * PART_BYTES) await gate.pass();
        return false;
      },
    },
  });
  const small = Array.from({ length: SMALL_OBJECTS }, (_, index) => ({
    key: `small/${String(index).padStart(5, '0')}`,
    sizeBytes: 100,
    metadata: {},
  }));
  await seedStore(bridge.source, [...small, LARGE]);
  workers = await Promise.all([bridge.startWorker(SMALL_PARTS), bridge.startWorker(SMALL_PARTS)]);
});
afterEach(async () => {
  gate.open();
  await bridge.close();
});

const asked = (index: number) => workers[index % workers.length] ?? { url: '' };
const inFlight = async () => {
  const counts = await Promise.all(workers.map(async worker => (await statusOf(worker)).inFlight.messages));
  return counts.reduce((sum, messages) => sum + messages);
};

/** Both workers in the middle of it: small objects and parts of the large one hang at the source. */
async function halfway(): Promise<string> {
  const { id } = await startBackfill(asked(0));
  await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(3);
  await expect.poll(() => openUploads(bridge), SETTLE).toEqual([LARGE.key]);
  return id;
}

test('paused by one worker, work under way stops on both, and no message goes round; resumed by the other, it goes on where it was', async () => {
  const id = await halfway();
  expect(await request(asked(0), `POST /backfill/${id}/pause`)).toMatchObject({
    status: 200,
    body: { state: 'paused' },
  });
  await expect.poll(inFlight, WITHIN).toBe(0);
  expect(await openUploads(bridge)).toEqual([LARGE.key]);
  // Keys whose write was on its way are looked at once more, later.
  bridge.passQueueTime(200);
  await bridge.untilQuiet();
  expect(await request(asked(1), `POST /backfill/${id}/pause`)).toMatchObject({
    status: 200,
    body: { state: 'paused' },
  });

  gate.open();
  expect(await request(asked(1), `POST /backfill/${id}/resume`)).toMatchObject({ status: 200 });
  const found = SMALL_OBJECTS + 1;
  const backfill = await untilDone(asked(0), id);
  expect(backfill).toMatchObject({ found, failed: 0, sourceMissing: 0 });
  expect(backfill.copied + backfill.skipped).toBe(found);
  await bridge.untilQuiet();
  expect(await compareStores(bridge.source, bridge.destination)).toMatchObject({ identical: { objects: found } });
  expect(await openUploads(bridge)).toEqual([]);
  // Its first parts were not read again.
  expect(bytesRead()).toBeLessThan(LARGE.sizeBytes + 3 * PART_BYTES);
  expect(await request(asked(0), `POST /backfill/${id}/resume`)).toMatchObject({
    status: 409,
    body: { code: 'backfill-has-ended' },
  });
});

test('cancelled, work under way stops on both workers, and the uploads that it began are ended', async () => {
  const id = await halfway();
  expect(await request(asked(1), `POST /backfill/${id}/cancel`)).toMatchObject({
    status: 200,
    body: { state: 'cancelled' },
  });
  await expect.poll(inFlight, WITHIN).toBe(0);
  await expect.poll(() => openUploads(bridge), WITHIN).toEqual([]);
  const { copied } = await findBackfill(asked(0), id);
  gate.open();
  bridge.passQueueTime(1_000);
  await bridge.untilQuiet();
  expect(await findBackfill(asked(0), id)).toMatchObject({ state: 'cancelled', copied });
});

test('what failed is tried again when somebody asks for it, and the backfill is done again', async () => {
  gate.open();
  isDenied = key => /^small\/000[0-4]7$/.test(key);
  const { id } = await startBackfill(asked(0));
  const first = await untilDone(asked(0), id);
  expect(first).toMatchObject({ failed: 5, copied: SMALL_OBJECTS - 4 });
  expect(await failuresOf(asked(1), id)).toHaveLength(5);
  isDenied = () => false;
  for (const index of [0, 1]) {
    expect(await request(asked(index), `POST /backfill/${id}/retry-failed`)).toMatchObject({ status: 200 });
  }
  expect(await untilDone(asked(1), id)).toMatchObject({ failed: 0, copied: SMALL_OBJECTS + 1, remaining: 0 });
  expect(await failuresOf(asked(0), id)).toEqual([]);
  await bridge.untilQuiet();
});
