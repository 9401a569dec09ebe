// Every key that OSS can hold arrives under the very same name, by backfill and live, through ListObjectsV2, the handler, SQS, the ledger and S3.
// What cannot be carried is failed with a reason; nothing is renamed.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import { HOSTILE_KEYS } from '../fixtures/hostile-keys.ts';
import { type Bridge, deadLetters, openUploads, startBridge } from './bridge.ts';
import { failuresOf, runBackfill } from './worker-api.ts';

let bridge: Bridge;
let worker: WorkerProcess;
beforeAll(async () => {
  bridge = await startBridge();
  worker = await bridge.startWorker({ LOG_LEVEL: 'debug', PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32' });
});
afterAll(async () => {
  await bridge?.close();
});

async function keysOf(store: Bridge['source']): Promise<readonly string[]> {
  return (await store.list({ prefix: '', startAfter: '', limit: 1_000 })).map(({ key }) => key);
}

/** Into the source's store, and with the event that OSS fires for it. */
async function upload(key: string, sizeBytes: number): Promise<void> {
  await seedStore(bridge.source, [{ key, sizeBytes, metadata: {} }]);
  const object = await bridge.source.find(key);
  if (object !== undefined) bridge.cloud.oss.fireCreated(LOCAL.ossBucket, object);
}

describe('keys of every kind', () => {
  test('are copied by a backfill, byte for byte', async () => {
    await seedStore(
      bridge.source,
      HOSTILE_KEYS.map((key, index) => ({ key, sizeBytes: index, metadata: {} })),
    );
    const backfill = await runBackfill(worker);
    expect(backfill).toMatchObject({ found: HOSTILE_KEYS.length, copied: HOSTILE_KEYS.length, failed: 0 });
    expect(await keysOf(bridge.destination)).toEqual([...HOSTILE_KEYS].sort(compareUtf8));
    expect(await compareStores(bridge.source, bridge.destination)).toMatchObject({
      lost: [],
      extra: [],
      different: [],
    });
  });

  test('are followed live', async () => {
    for (const [index, key] of HOSTILE_KEYS.entries()) await upload(key, 500 + index);
    await bridge.untilQuiet();
    const { identical, ...others } = await compareStores(bridge.source, bridge.destination);
    expect(others).toEqual({ lost: [], extra: [], different: [] });
    expect(identical.objects).toBe(HOSTILE_KEYS.length);
    expect(bridge.cloud.failedEvents).toEqual([]);
    expect(deadLetters(bridge)).toEqual([]);
    expect(await failuresOf(worker)).toEqual([]);
  });

  test('are each a prefix that a backfill can be asked for', async () => {
    for (const key of ['\u0000', 'a/..', '%2F', '+', '&', '\uffff', '😀', '"', '\r\n', ' ']) {
      const found = HOSTILE_KEYS.filter(other => other.startsWith(key)).length;
      expect(await runBackfill(worker, { prefix: key }), key).toMatchObject({ prefix: key, found, skipped: found });
    }
  });

  test('may be of objects in parts', async () => {
    const keys = [
      '..',
      'a/../b',
      '\u0000',
      '&<>"',
      'a?uploadId=x&partNumber=1',
      '%2F+',
      `${'😀'.repeat(255)}xyz`,
      'a\r\nb',
    ];
    for (const key of keys) await upload(key, 5 * MEBIBYTE + 1);
    await bridge.untilQuiet();
    expect(await compareStores(bridge.source, bridge.destination)).toMatchObject({
      lost: [],
      extra: [],
      different: [],
    });
    for (const key of keys) expect((await bridge.destination.find(key))?.etag, key).toMatch(/-2$/);
    expect(await openUploads(bridge)).toEqual([]);
    for (const key of keys) await upload(key, 3);
    await bridge.untilQuiet();
  });

  test('leave no character raw in the log', async () => {
    const log = await bridge.workerLog();
    expect(log.length).toBeGreaterThan(10_000);
    expect(log).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of log.trimEnd().split('\n')) JSON.parse(line);
  });
});

describe('a key that cannot be carried', () => {
  // No client can put them there; a listing or an event may name them all the same.
  const IMPOSSIBLE = ['/leading', '//', '\\leading'];

  test('is failed with a reason, live', async () => {
    for (const key of IMPOSSIBLE) await upload(key, 5);
    await bridge.untilQuiet();
    const failures = await failuresOf(worker);
    expect(failures.map(({ key, code }) => [key, code])).toEqual(
      [...IMPOSSIBLE].sort(compareUtf8).map(key => [key, 'source-key-refused']),
    );
    expect(deadLetters(bridge)).toHaveLength(IMPOSSIBLE.length);
  });

  test('is failed with a reason by a backfill, and the others are not', async () => {
    const backfill = await runBackfill(worker, { mode: 'all' });
    const found = (await keysOf(bridge.source)).length;
    expect(backfill).toMatchObject({ found, copied: found - IMPOSSIBLE.length, failed: IMPOSSIBLE.length });
    expect((await failuresOf(worker, backfill.id)).map(({ code }) => code)).toEqual(
      IMPOSSIBLE.map(() => 'source-key-refused'),
    );
    expect((await keysOf(bridge.destination)).filter(key => /leading$|^\/+$/.test(key))).toEqual([' leading']);
  });

  test('leaves nothing behind', async () => {
    expect(await openUploads(bridge)).toEqual([]);
    expect(worker.process.exitCode).toBeNull();
  });
});

test('a prefix that makes a key longer than S3 allows fails that key alone', async () => {
  const other = await startBridge();
  try {
    const longest = HOSTILE_KEYS.filter(key => Buffer.byteLength(key) === 1_023);
    await seedStore(
      other.source,
      [...longest, 'short', 'x'.repeat(1_022)].map(key => ({ key, sizeBytes: 9, metadata: {} })),
    );
    const started = await other.startWorker({ S3_PREFIX: 'é' });
    const backfill = await runBackfill(started);
    expect(backfill).toMatchObject({ found: longest.length + 2, copied: 2, failed: longest.length });
    const codes = (await failuresOf(started, backfill.id)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['key-too-long']));
    expect(await keysOf(other.destination)).toEqual(['éshort', `é${'x'.repeat(1_022)}`]);
  } finally {
    await other.close();
  }
});
