// `memory`: what a whole worker holds at most, in its own process, while a backfill moves many small objects and a large one on the local
// cloud. No peer: the others' peaks are in `small` and `large`.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackfillView, createBridgeClient } from '../local/bridge-client.ts';
import { seedStore } from '../local/demo/seed-store.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../local/local-cloud.ts';
import { MemoryObjectStore } from '../local/store/memory-object-store.ts';
import type { ObjectStore } from '../local/store/object-store.ts';
import { startWorkerProcess, type WorkerProcess } from '../local/worker-process.ts';
import { BridgeError } from '../shared/bridge-error.ts';
import { KIBIBYTE, MEBIBYTE } from '../shared/limits.ts';
import { createLog } from '../shared/log.ts';
import type { BenchResult } from './bench-result.ts';
import { freePort } from './free-port.ts';
import { spreadOf } from './spread.ts';

const ROUNDS = 3;
const SMALL_OBJECTS = 2_000;
const LARGE_OBJECT_BYTES = 512 * MEBIBYTE;
const DEADLINE_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 100;

export async function benchMemory(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-bench-'));
  const source = await makeSource();
  const destination = new MemoryObjectStore();
  const cloud = await startLocalCloud({ source, destination, log: createLog({ level: 'error' }) });
  try {
    const peaks: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      peaks.push(await moveOnce(cloud, join(folder, String(round))));
      await removeAll(destination);
    }
    return {
      name: 'memory',
      what: `a whole worker, while it moves ${SMALL_OBJECTS.toLocaleString('en-US')} objects of 10 KiB and one of 512 MiB`,
      unit: undefined,
      rows: [{ variant: 'bridge', figure: undefined, peakMemoryBytes: spreadOf(peaks) }],
    };
  } finally {
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeSource(): Promise<ObjectStore> {
  const store = new MemoryObjectStore();
  const small = Array.from({ length: SMALL_OBJECTS }, (_, index) => ({
    key: `small/${String(index).padStart(5, '0')}`,
    sizeBytes: 10 * KIBIBYTE,
    metadata: {},
  }));
  await seedStore(store, [{ key: 'large', sizeBytes: LARGE_OBJECT_BYTES, metadata: {} }, ...small]);
  return store;
}

async function removeAll(store: ObjectStore): Promise<void> {
  const objects = await store.list({ prefix: '', startAfter: '', limit: SMALL_OBJECTS + 1 });
  for (const { key } of objects) await store.remove(key);
}

/** A new worker with a new ledger. @returns its peak, in bytes */
async function moveOnce(cloud: LocalCloud, stateFolder: string): Promise<number> {
  await mkdir(stateFolder);
  const worker = await startWorkerProcess({
    environment: { ...cloud.environment, LEDGER_URL: `sqlite:${join(stateFolder, 'ledger.db')}` },
    port: await freePort(),
    logFile: join(stateFolder, 'worker.log'),
  });
  try {
    await backfill(worker);
    return (await worker.peakMemoryBytes()) ?? Number.NaN;
  } finally {
    await worker.stop();
  }
}

/** @throws BridgeError permanent `bench-failed` unless every object was copied in time */
async function backfill(worker: WorkerProcess): Promise<void> {
  const client = createBridgeClient({ url: worker.url, apiToken: LOCAL.apiToken });
  const { id } = await client.startBackfill();
  const deadline = performance.now() + DEADLINE_MILLISECONDS;
  let view: BackfillView;
  do {
    await delay(POLL_MILLISECONDS);
    view = await client.backfill(id);
  } while (view.state !== 'done' && performance.now() < deadline);
  if (view.state === 'done' && view.copied === SMALL_OBJECTS + 1) return;
  const message = `The backfill did not copy everything in time: ${JSON.stringify(view)}`;
  throw new BridgeError({ kind: 'permanent', code: 'bench-failed', message });
}
