// Workers that die, that share, and that are told to stop: nothing is lost, nothing is counted twice, little is done again.

import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, deadLetters, openUploads, SETTLE, startBridge } from './bridge.ts';
import { countObjectBytes } from './count-object-bytes.ts';
import { createGate, type Gate } from './gate.ts';
import { startBackfill, statusOf, untilDone } from './worker-api.ts';

const PART_BYTES = 5 * MEBIBYTE;
const LARGE = { key: 'backups/large.tar', sizeBytes: 30 * MEBIBYTE, metadata: { kind: 'backup' } };
const SMALL_PARTS = { PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32', MAX_CONCURRENT_PARTS: '2' };
/** More than SQS_VISIBILITY_TIMEOUT_SECONDS: whatever a dead worker held is visible again. */
const AFTER_VISIBILITY_SECONDS = 301;
/** What one request lists at most. */
const LIST_PAGE_OBJECTS = 1000;

function smallObjects(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    key: `small/${String(index).padStart(5, '0')}`,
    sizeBytes: (index * 37) % (8 * KIBIBYTE),
    metadata: {},
  }));
}

interface SourceRequest {
  readonly operation: string;
  readonly url: string;
  readonly key: string;
  /** Of a ranged GET. */
  readonly start: number;
}

let bridge: Bridge;
/** Which requests to the source wait, and where. */
let holdBack: readonly { readonly gate: Gate; readonly holds: (request: SourceRequest) => boolean }[] = [];
let bytesRead: () => number;

beforeEach(async () => {
  holdBack = [];
  const counter = countObjectBytes();
  bytesRead = () => counter.bytes;
  bridge = await startBridge({
    intercept: {
      oss: async ({ operation, request, response, key = '' }) => {
        if (operation === 'GetObject') counter.count(response);
        const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const { url = '' } = request;
        const held = holdBack.find(({ holds }) => holds({ operation, url, key, start }));
        await held?.gate.pass();
        return false;
      },
    },
  });
});
afterEach(async () => {
  for (const { gate } of holdBack) gate.open();
  await bridge.close();
});

async function expectIdenticalBuckets(objects: number): Promise<void> {
  const comparison = await compareStores(bridge.source, bridge.destination);
  expect(comparison).toMatchObject({ lost: [], extra: [], different: [], identical: { objects } });
  expect(await openUploads(bridge)).toEqual([]);
  expect(deadLetters(bridge)).toEqual([]);
}

async function uploadedParts(): Promise<number> {
  const { Uploads = [] } = await bridge.s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket }));
  const uploads = Uploads.map(({ Key, UploadId }) =>
    bridge.s3.send(new ListPartsCommand({ Bucket: LOCAL.s3Bucket, Key, UploadId })),
  );
  return (await Promise.all(uploads)).reduce((sum, { Parts = [] }) => sum + Parts.length, 0);
}

test('a worker killed in the middle of everything costs little: another ends it, every object counted once, no part sent again', async () => {
  const objects = [...smallObjects(150), LARGE];
  await seedStore(bridge.source, objects);
  const gate = createGate();
  holdBack = [
    { gate, holds: ({ key, start }) => (key === LARGE.key ? start >= 4 * PART_BYTES : key >= 'small/00120') },
  ];
  const first = await bridge.startWorker(SMALL_PARTS);
  const { id } = await startBackfill(first);
  await expect.poll(uploadedParts, SETTLE).toBe(4);
  await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(2);
  await first.kill();
  gate.open();

  const beforeRestart = bytesRead();
  bridge.passQueueTime(AFTER_VISIBILITY_SECONDS);
  const second = await bridge.startWorker(SMALL_PARTS);
  const backfill = await untilDone(second, id);
  await bridge.untilQuiet();
  const totalBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  expect(backfill).toMatchObject({
    found: objects.length,
    copied: objects.length,
    skipped: 0,
    failed: 0,
    bytes: { found: totalBytes, copied: totalBytes },
  });
  await expectIdenticalBuckets(objects.length);
  expect(bytesRead() - beforeRestart).toBeLessThan(3 * PART_BYTES);
  expect(bytesRead()).toBeGreaterThanOrEqual(totalBytes);
  expect(bytesRead()).toBeLessThanOrEqual(1.5 * totalBytes);
});

test('a worker killed between two pages of the listing loses no key, and two others on its ledger share what is left', async () => {
  const found = LIST_PAGE_OBJECTS + 1;
  await seedStore(bridge.source, smallObjects(found));
  const listing = createGate();
  const reading = createGate();
  holdBack = [
    { gate: listing, holds: ({ operation, url }) => operation === 'ListObjectsV2' && url.includes('start-after') },
    { gate: reading, holds: ({ operation }) => operation === 'GetObject' },
  ];
  const killed = await bridge.startWorker();
  const { id } = await startBackfill(killed);
  await expect.poll(() => listing.waiting, SETTLE).toBe(1);
  await killed.kill();
  listing.open();

  bridge.passQueueTime(AFTER_VISIBILITY_SECONDS);
  const workers = await Promise.all([bridge.startWorker(), bridge.startWorker()]);
  // One worker takes eight batches at a time, and there are twelve.
  const isBusy = async (worker: WorkerProcess) => (await statusOf(worker)).inFlight.messages > 0;
  await expect.poll(() => Promise.all(workers.map(isBusy)), SETTLE).toEqual([true, true]);
  reading.open();
  const views = await Promise.all(workers.map(worker => untilDone(worker, id)));
  for (const view of views) expect(view).toMatchObject({ found, copied: found, endedAt: views[0]?.endedAt });
  await bridge.untilQuiet();
  const shares = await Promise.all(workers.map(async worker => (await statusOf(worker)).outcomes.copied.objects));
  expect(Math.min(...shares)).toBeGreaterThan(0);
  expect(shares.reduce((sum, objects) => sum + objects)).toBe(found);
  await expectIdenticalBuckets(found);
});

test('a worker told to stop midway exits with 0 seconds after its grace period at most, and another goes on at once', async () => {
  await seedStore(bridge.source, [...smallObjects(100), LARGE]);
  const gate = createGate();
  holdBack = [{ gate, holds: ({ key, start }) => key > 'small/00050' || start >= 2 * PART_BYTES }];
  const first = await bridge.startWorker({ ...SMALL_PARTS, SHUTDOWN_GRACE_SECONDS: '1' });
  const { id } = await startBackfill(first);
  await expect.poll(uploadedParts, SETTLE).toBe(2);
  const stoppedAt = performance.now();
  expect(await first.stop()).toBe(0);
  // The grace period, five seconds for what was told to end, and a busy machine.
  expect(performance.now() - stoppedAt).toBeLessThan(8_000);
  gate.open();
  const second = await bridge.startWorker(SMALL_PARTS);
  expect(await untilDone(second, id)).toMatchObject({ found: 101, copied: 101 });
  await bridge.untilQuiet();
  await expectIdenticalBuckets(101);
});
