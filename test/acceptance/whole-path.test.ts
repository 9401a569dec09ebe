// From a bucket under live traffic to an identical one, on the whole path: ali-oss, OSS, the handler, SQS, a worker, S3.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { AWKWARD_KEYS } from '../../local/demo/awkward-keys.ts';
import { makeLiveTraffic } from '../../local/demo/live-traffic.ts';
import { pseudoRandomBytes } from '../../local/demo/pseudo-random-bytes.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { openFolderObjectStore } from '../../local/store/folder-object-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, deadLetters, openUploads, SETTLE, startBridge } from './bridge.ts';
import { createGate, type Gate } from './gate.ts';
import { makeTemporaryFolders } from './temporary-folders.ts';
import { failuresOf, findBackfill, request, runBackfill, startBackfill, statusOf, untilDone } from './worker-api.ts';

const FILES = 120;
const LARGE_BYTES = 30 * MEBIBYTE;
const LIVE_ROUNDS = 60;
/** Names that a file system can hold and that tools break on. */
const AWKWARD_NAMES = [
  ' spaces ',
  'plus+%20&=?#',
  'quotes"\'`\\',
  'new\nline',
  '中文 🗂️',
  'e\u0301',
  '-rf *',
  '.hidden',
];

async function fillFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'photos'));
  await mkdir(join(folder, 'empty directory'));
  for (let index = 0; index < FILES; index++) {
    await writeFile(
      join(folder, 'photos', `${index}.jpg`),
      Buffer.concat([...pseudoRandomBytes(`${index}`, index * 97)]),
    );
  }
  for (const name of AWKWARD_NAMES) await writeFile(join(folder, name), name);
  await writeFile(join(folder, 'nothing.txt'), '');
  await writeFile(join(folder, 'large.bin'), Buffer.concat([...pseudoRandomBytes('large', LARGE_BYTES)]));
}

/** ali-oss cannot send such metadata; other clients of OSS can. */
const LAKE = { key: 'lake.jpg', sizeBytes: 12, metadata: { album: '西湖 – Ausflug' } };
/** Files, the directory, and what is seeded below. */
const SEEDED = FILES + AWKWARD_NAMES.length + 3 + AWKWARD_KEYS.length + 1;

describe('a folder of files under live traffic', () => {
  let bridge: Bridge;
  let worker: WorkerProcess;
  let removeFolders: () => Promise<void> = async () => undefined;
  let highestReceiveCount = 0;
  let gate: Gate | undefined;

  beforeAll(async () => {
    const folders = await makeTemporaryFolders(['source', 'source-state', 'destination', 'destination-state']);
    await fillFolder(folders.path('source'));
    const source = await openFolderObjectStore({
      folder: folders.path('source'),
      stateFolder: folders.path('source-state'),
    });
    const awkward = AWKWARD_KEYS.map((key, index) => ({ key, sizeBytes: index * 101, metadata: {} }));
    await seedStore(source, [...awkward, LAKE]);
    removeFolders = folders.remove;
    bridge = await startBridge({
      source,
      destination: await openFolderObjectStore({
        folder: folders.path('destination'),
        stateFolder: folders.path('destination-state'),
        details: 's3',
      }),
      intercept: {
        oss: async ({ operation }) => {
          if (operation === 'GetObject') await gate?.pass();
          return false;
        },
        sqs: ({ action }) => {
          if (action === 'DeleteMessageBatch') noteReceiveCounts();
          return false;
        },
      },
    });
    worker = await bridge.startWorker({ PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32' });
  });
  afterAll(async () => {
    await bridge?.close();
    await removeFolders();
  });

  function noteReceiveCounts(): void {
    const messages = [LOCAL.liveQueue, LOCAL.backfillQueue].flatMap(name => bridge.cloud.sqs.peek(name));
    highestReceiveCount = Math.max(highestReceiveCount, ...messages.map(({ receiveCount }) => receiveCount));
  }

  async function expectIdenticalBuckets(): Promise<number> {
    const comparison = await compareStores(bridge.source, bridge.destination);
    expect(comparison).toMatchObject({ lost: [], extra: [], different: [] });
    return comparison.identical.objects;
  }

  test('becomes an identical bucket, with every object counted once and nothing left behind', async () => {
    const { id } = await startBackfill(worker);
    const { written } = await makeLiveTraffic({
      ossEndpoint: bridge.cloud.oss.endpoint,
      overwritableKeys: Array.from({ length: FILES }, (_, index) => `photos/${index}.jpg`),
      rounds: LIVE_ROUNDS,
      signal: new AbortController().signal,
    });
    expect(written.overwritten).toBe(LIVE_ROUNDS);
    const backfill = await untilDone(worker, id);
    await bridge.untilQuiet();

    const objects = await expectIdenticalBuckets();
    expect(objects).toBeGreaterThan(SEEDED + LIVE_ROUNDS);
    expect(backfill).toMatchObject({ failed: 0, unverified: 0, archived: 0, sourceMissing: 0, remaining: 0 });
    // A listing is no snapshot: it may or may not see what is uploaded meanwhile.
    expect(backfill.found).toBeGreaterThanOrEqual(SEEDED);
    expect(backfill.found).toBeLessThanOrEqual(objects);
    expect(backfill.copied + backfill.skipped).toBe(backfill.found);
    expect(deadLetters(bridge)).toEqual([]);
    expect(bridge.cloud.failedEvents).toEqual([]);
    expect(await openUploads(bridge)).toEqual([]);
    expect(highestReceiveCount).toBe(1);
    expect((await statusOf(worker)).problems).toEqual([]);
  });

  test('and what an object is described with goes along', async () => {
    await bridge.oss.put('described.html', Buffer.from('<p>described</p>'), {
      mime: 'text/html; charset=utf-8',
      meta: { uid: 0, pid: 0, 'plain-name': 'plain value' },
      headers: {
        'Cache-Control': 'max-age=60',
        'Content-Disposition': 'attachment; filename="a.html"',
        'Content-Language': 'zh-CN',
        Expires: 'Fri, 20 Nov 2099 10:00:00 GMT',
      },
    });
    await bridge.untilQuiet();
    const head = await bridge.s3.send(new HeadObjectCommand({ Bucket: LOCAL.s3Bucket, Key: 'described.html' }));
    expect(head).toMatchObject({
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.html"',
      ContentLanguage: 'zh-CN',
      ExpiresString: 'Fri, 20 Nov 2099 10:00:00 GMT',
      Metadata: { 'plain-name': 'plain value' },
    });
    expect((await bridge.destination.find(LAKE.key))?.metadata).toMatchObject(LAKE.metadata);
  });

  test('is skipped as a whole by a second backfill', async () => {
    const found = await expectIdenticalBuckets();
    expect(await runBackfill(worker)).toMatchObject({ found, skipped: found, copied: 0 });
  });

  test('is copied as a whole by the mode `all`', async () => {
    const found = await expectIdenticalBuckets();
    expect(await runBackfill(worker, { mode: 'all' })).toMatchObject({ found, copied: found, skipped: 0 });
    await expectIdenticalBuckets();
    expect(await openUploads(bridge)).toEqual([]);
  });

  test('is looked at in part by a prefix', async () => {
    expect(await runBackfill(worker, { prefix: 'photos/1' })).toMatchObject({ prefix: 'photos/1', found: 31 });
  });

  test('starts one backfill for one Idempotency-Key, however often it is sent', async () => {
    const first = await startBackfill(worker, { prefix: 'photos/2' }, { 'idempotency-key': 'nightly' });
    await untilDone(worker, first.id);
    const again = await startBackfill(worker, { prefix: 'photos/2' }, { 'idempotency-key': 'nightly' });
    expect(again.id).toBe(first.id);
    const other = await request(worker, 'POST /backfill', {
      headers: { 'content-type': 'application/json', 'idempotency-key': 'nightly' },
      body: '{"prefix":"photos/3"}',
    });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  test('a cancelled backfill ends, leaves no message behind, and what it copied stays', async () => {
    gate = createGate();
    const { id } = await startBackfill(worker, { mode: 'all' });
    await expect.poll(() => gate?.waiting).toBeGreaterThan(0);
    expect(await startBackfill(worker, { mode: 'all' })).toMatchObject({ id });
    expect(await request(worker, `POST /backfill/${id}/cancel`)).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    });
    gate.open();
    await expect.poll(async () => (await statusOf(worker)).inFlight.messages, SETTLE).toBe(0);
    // Keys whose write was on its way are looked at once more, when it has landed or died.
    bridge.passQueueTime(181);
    await bridge.untilQuiet();
    const cancelled = await findBackfill(worker, id);
    expect(cancelled).toMatchObject({ state: 'cancelled', failed: 0 });
    expect(cancelled.endedAt).not.toBeNull();
    await expectIdenticalBuckets();
    expect(await request(worker, `POST /backfill/${id}/resume`)).toMatchObject({ status: 409 });
  });

  test('and its worker, idle, stops when its last poll has ended', async () => {
    const stoppedAt = performance.now();
    expect(await worker.stop()).toBe(0);
    // A poll takes five seconds; and a busy machine.
    expect(performance.now() - stoppedAt).toBeLessThan(9_000);
  });
});

test('OSS_PREFIX comes off, S3_PREFIX goes before, for what is there and for what comes', async () => {
  const bridge = await startBridge();
  try {
    const there = { sizeBytes: 1234, metadata: {} };
    await seedStore(bridge.source, [
      { key: 'data/2024//a.csv', ...there },
      { key: 'other/a.csv', ...there },
    ]);
    const worker = await bridge.startWorker({ OSS_PREFIX: 'data/', S3_PREFIX: 'from oss/' });
    expect(await runBackfill(worker)).toMatchObject({ found: 1, copied: 1 });
    await bridge.oss.put('data/c.csv', Buffer.from('comes'));
    await bridge.oss.put('other/b.csv', Buffer.from('not ours'));
    await bridge.untilQuiet();
    const moved = await bridge.destination.list({ prefix: '', startAfter: '', limit: 10 });
    expect(moved.map(({ key }) => key)).toEqual(['from oss/2024//a.csv', 'from oss/c.csv']);
    expect(deadLetters(bridge).map(({ body }) => JSON.parse(body))).toMatchObject([{ key: 'other/b.csv' }]);
    expect(await failuresOf(worker)).toMatchObject([{ key: 'other/b.csv', code: 'key-outside-prefix' }]);
  } finally {
    await bridge.close();
  }
});
