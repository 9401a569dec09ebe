// What users of the predecessors were bitten by, each as a promise that it cannot happen here. Those that need no whole product are kept elsewhere:
//
//   an event of several records is handled to the last        test/unit/aliyun-fc/handle-oss-event.test.ts, test/unit/aliyun-fc/oss-event.test.ts
//   what SendMessageBatch refuses in part is sent again       test/integration/fc-handler.test.ts
//   a failed send makes the platform try again                test/integration/fc-handler.test.ts, test/integration/fc-bundle.test.ts
//   long keys never make a message that SQS refuses           test/unit/aws-worker/backfill/plan-batches.test.ts
//   a backfill and live events at the same time               test/acceptance/whole-path.test.ts
//   metadata and content type go along                        test/acceptance/whole-path.test.ts
//   restarts and scale-in strand no upload, lose no part      test/acceptance/kill.test.ts
//   a malformed message neither crashes nor comes for ever    test/acceptance/bad-messages.test.ts
//   a crash is not hidden for hours by its last heartbeat     test/unit/aws-worker/queue/heartbeat.test.ts

import { createHash } from 'node:crypto';
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AWKWARD_KEYS } from '../../local/demo/awkward-keys.ts';
import { pseudoRandomBytes } from '../../local/demo/pseudo-random-bytes.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL, type LocalCloudOptions } from '../../local/local-cloud.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { ObjectStore } from '../../local/store/object-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, deadLetters, openUploads, SETTLE, startBridge } from './bridge.ts';
import { createGate } from './gate.ts';
import { failuresOf, runBackfill, statusOf } from './worker-api.ts';

const PART_BYTES = 5 * MEBIBYTE;

let bridge: Bridge;
let worker: WorkerProcess;
/** What the test at hand does to requests. */
let faults: NonNullable<LocalCloudOptions['intercept']> = {};
/** Of every version that was ever visible at the destination. */
const written = new Map<string, string[]>();

beforeAll(async () => {
  bridge = await startBridge({
    destination: recordingStore(),
    intercept: {
      oss: exchange => faults.oss?.(exchange) ?? false,
      s3: exchange => faults.s3?.(exchange) ?? false,
      sqs: exchange => faults.sqs?.(exchange) ?? false,
    },
  });
  worker = await bridge.startWorker({ PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32' });
});
afterAll(async () => {
  await bridge?.close();
});
afterEach(() => {
  faults = {};
});

function recordingStore(): ObjectStore {
  const store = new MemoryObjectStore();
  const commit = store.commit.bind(store);
  return Object.assign(store, {
    commit: async (...values: Parameters<ObjectStore['commit']>) => {
      const object = await commit(...values);
      written.set(object.key, [...(written.get(object.key) ?? []), await digestOf(store, object.key)]);
      return object;
    },
  });
}

async function digestOf(store: ObjectStore, key: string): Promise<string> {
  const object = await store.find(key);
  const hash = createHash('sha256');
  if (object === undefined) return 'nothing';
  for await (const chunk of store.read(object, { start: 0, end: object.sizeBytes })) hash.update(chunk);
  return hash.digest('hex');
}

async function expectSame(key: string): Promise<void> {
  expect(await digestOf(bridge.destination, key)).toBe(await digestOf(bridge.source, key));
}

function bytesOf(seed: string, sizeBytes: number): Buffer {
  return Buffer.concat([...pseudoRandomBytes(seed, sizeBytes)]);
}

async function deliver(message: object): Promise<void> {
  const QueueUrl = bridge.cloud.sqs.queueUrl(LOCAL.liveQueue);
  await bridge.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

test('"An upload takes a minute to arrive when nothing else goes on": within five seconds it is there', async () => {
  const putAt = performance.now();
  await bridge.oss.put('idle.txt', Buffer.from('while idle'));
  await expect.poll(() => bridge.destination.find('idle.txt'), SETTLE).toBeDefined();
  expect(performance.now() - putAt).toBeLessThan(5_000);
});

test('"An event that comes late, or out of order, brings an old version back": the source as it is now wins', async () => {
  const { res } = await bridge.oss.put('late.txt', Buffer.from('first version'));
  await bridge.oss.put('late.txt', Buffer.from('second'));
  await bridge.untilQuiet();
  await deliver({ key: 'late.txt', size: 13, etag: String(Object(res.headers).etag), sequencer: '01' });
  await bridge.untilQuiet();
  await expectSame('late.txt');
  expect((await bridge.destination.find('late.txt'))?.sizeBytes).toBe(6);
});

test('"Odd keys arrive under another name, or not at all": each arrives under its own, byte for byte', async () => {
  // Past ali-oss, which cannot send a key with `/./`.
  await seedStore(
    bridge.source,
    AWKWARD_KEYS.map(key => ({ key, sizeBytes: key.length, metadata: {} })),
  );
  for (const object of await bridge.source.list({ prefix: 'awkward/', startAfter: '', limit: 100 })) {
    bridge.cloud.oss.fireCreated(LOCAL.ossBucket, object);
  }
  await bridge.untilQuiet();
  for (const key of AWKWARD_KEYS) await expectSame(key);
  const moved = await bridge.destination.list({ prefix: 'awkward/', startAfter: '', limit: 100 });
  expect(moved.map(({ key }) => key).sort()).toEqual([...AWKWARD_KEYS].sort());
});

test('"The upload of `ab` is taken for that of `a`": foreign uploads are never touched', async () => {
  const foreign = { Bucket: LOCAL.s3Bucket, Key: 'uploads/ab' };
  const { UploadId } = await bridge.s3.send(new CreateMultipartUploadCommand(foreign));
  await bridge.oss.put('uploads/a', bytesOf('a', PART_BYTES + 1));
  await bridge.untilQuiet();
  await expectSame('uploads/a');
  expect(await bridge.destination.find('uploads/ab')).toBeUndefined();
  expect(await openUploads(bridge)).toEqual(['uploads/ab']);
  await bridge.s3.send(new AbortMultipartUploadCommand({ ...foreign, UploadId }));
});

test('"It was overwritten while it was copied, and now it is half old, half new": only whole versions were ever visible', async () => {
  const gate = createGate();
  faults = {
    oss: async ({ operation, request }) => {
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (operation === 'GetObject' && start >= PART_BYTES) await gate.pass();
      return false;
    },
  };
  const [before, after] = ['before', 'after'].map(seed => bytesOf(seed, 3 * PART_BYTES));
  await bridge.oss.put('overwritten.bin', before);
  await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(0);
  await bridge.oss.put('overwritten.bin', after);
  gate.open();
  await bridge.untilQuiet();
  await expectSame('overwritten.bin');
  const whole = [before, after].map(bytes =>
    createHash('sha256')
      .update(bytes ?? '')
      .digest('hex'),
  );
  expect(written.get('overwritten.bin')?.every(version => whole.includes(version))).toBe(true);
  expect(await openUploads(bridge)).toEqual([]);
});

test('"It was overwritten by something of the same size, and no comparison notices": a backfill does', async () => {
  await bridge.oss.put('same-size/1', Buffer.from('aaaa'));
  await bridge.oss.put('same-size/2', Buffer.from('unchanged'));
  await bridge.untilQuiet();
  // Without an event: it was lost, or there was no trigger yet.
  await seedStore(bridge.source, [{ key: 'same-size/1', sizeBytes: 4, metadata: {} }]);
  const backfill = await runBackfill(worker, { prefix: 'same-size/' });
  expect(backfill).toMatchObject({ found: 2, copied: 1, skipped: 1 });
  await expectSame('same-size/1');
});

test('"Objects that are gone before they are copied flood the dead-letter queue": they are nothing to worry about', async () => {
  const gate = createGate();
  faults = {
    oss: async ({ operation, key = '' }) => {
      if (operation === 'GetObject' && key.startsWith('short-lived/')) await gate.pass();
      return false;
    },
  };
  const { outcomes } = await statusOf(worker);
  const keys = Array.from({ length: 20 }, (_, index) => `short-lived/${index}`);
  await Promise.all(keys.map(key => bridge.oss.put(key, Buffer.from(key))));
  await expect.poll(() => gate.waiting, SETTLE).toBe(keys.length);
  await bridge.oss.deleteMulti(keys);
  gate.open();
  await bridge.untilQuiet();
  const now = (await statusOf(worker)).outcomes;
  expect(now.sourceMissing.objects - outcomes.sourceMissing.objects).toBe(keys.length);
  expect(now.failed.objects).toBe(0);
  expect(deadLetters(bridge)).toEqual([]);
});

test('"A call to SQS fails, and the worker dies with all its work": it waits and goes on', async () => {
  let refused = 0;
  faults = {
    sqs: ({ action, request }) => {
      if (action !== 'ReceiveMessage' || refused >= 2) return false;
      refused++;
      request.socket.destroy();
      return true;
    },
  };
  // The poll that is under way brings the first; the polls after it fail.
  await bridge.oss.put('through-outage/1', Buffer.from('1'));
  await expect.poll(() => refused, SETTLE).toBe(2);
  await bridge.oss.put('through-outage/2', Buffer.from('2'));
  await bridge.untilQuiet();
  for (const key of ['through-outage/1', 'through-outage/2']) await expectSame(key);
  expect(worker.process.exitCode).toBeNull();
});

test('"Failures are counted by attempts, not objects": whatever it takes, each object counts once', async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `counted/${index}`);
  await seedStore(
    bridge.source,
    keys.map(key => ({ key, sizeBytes: 50, metadata: {} })),
  );
  let attempts = 0;
  faults = {
    s3: ({ operation, key, response }) => {
      if (operation !== 'PutObject' || key !== 'counted/7' || attempts++ >= 5) return false;
      response.writeHead(500, { 'content-length': 0 }).end();
      return true;
    },
  };
  const running = runBackfill(worker, { prefix: 'counted/' });
  // Nothing else is in hand: what is would be lost to others when so much time passes.
  await expect
    .poll(() => bridge.cloud.sqs.counts(LOCAL.backfillQueue), SETTLE)
    .toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  bridge.passQueueTime(900);
  expect(await running).toMatchObject({ found: 12, copied: 12, failed: 0 });
  expect(attempts).toBeGreaterThan(1);
  await expectSame('counted/7');
});

test('"There is no list of what failed, and no way to try only that again": there are both', async () => {
  // More than the 2 KB of metadata that S3 takes.
  const tooMuch = { key: 'failing/1', sizeBytes: 50, metadata: { note: 'x'.repeat(4_000) } };
  await seedStore(bridge.source, [tooMuch, { key: 'failing/2', sizeBytes: 50, metadata: {} }]);
  const backfill = await runBackfill(worker, { prefix: 'failing/' });
  expect(backfill).toMatchObject({ found: 2, copied: 1, failed: 1 });
  expect(await failuresOf(worker, backfill.id)).toMatchObject([
    {
      key: 'failing/1',
      code: expect.stringMatching('metadata'),
      reason: expect.stringMatching('S3_METADATA_OVERFLOW'),
    },
  ]);
  expect(deadLetters(bridge)).toMatchObject([{ body: '{"key":"failing/1","size":50}' }]);

  await seedStore(bridge.source, [{ ...tooMuch, metadata: {} }]);
  const arnOf = (name: string) => `arn:aws:sqs:${LOCAL.awsRegion}:000000000000:${name}`;
  await bridge.sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn: arnOf(LOCAL.deadLetterQueue),
      DestinationArn: arnOf(LOCAL.liveQueue),
    }),
  );
  await expect.poll(() => bridge.destination.find('failing/1'), SETTLE).toBeDefined();
  await bridge.untilQuiet();
  await expectSame('failing/1');
  expect(deadLetters(bridge)).toEqual([]);
});

test('"It says done, though there was nothing to do, and nobody looked why": nothing found is what it says', async () => {
  expect(await runBackfill(worker, { prefix: 'misspelt/' })).toMatchObject({ state: 'done', found: 0, copied: 0 });
});
