// Three workers in containers on a table in DynamoDB Local move 50,000 objects, while one of them is killed now and then and started again. Nothing is
// hurried: what a dead worker held comes back when its visibility timeout ends, after five minutes, so this takes some twenty minutes.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { compareStores } from '../../local/compare-stores.ts';
import type { DemoObject } from '../../local/demo/demo-objects.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, deadLetters, openUploads } from '../acceptance/bridge.ts';
import { findBackfill, statusOf } from '../acceptance/worker-api.ts';
import { dynamodbBridgeLedger } from '../dynamodb/dynamodb-bridge-ledger.ts';
import { type FaultyProxy, startFaultyProxy } from '../dynamodb/faulty-proxy.ts';
import { createTestTable, type TestTable } from '../dynamodb/test-table.ts';
import { askAny } from '../faults/backfill-waves.ts';
import { chooseSeed } from '../faults/chosen-seed.ts';
import { keepEvidence } from '../faults/keep-evidence.ts';
import { expectNoBugInLog, expectSum } from '../faults/moved-verdict.ts';
import { createReceipts, WORKER_NAME_VARIABLE } from '../faults/receipts.ts';
import { tellRun } from '../faults/tell-run.ts';
import { createRandom } from '../simulation/random.ts';
import { type ContainerFleet, startContainerFleet } from './container-fleet.ts';
import { hostAddress } from './engine.ts';
import { startStage } from './stage.ts';
import type { WorkerContainer } from './worker-container.ts';

const OBJECTS = 50_000;
const LARGE_OBJECTS = 10;
const LARGE = { minBytes: 9 * MEBIBYTE, moreBytes: 20 * MEBIBYTE };
const SMALL_MAX_BYTES = 8 * KIBIBYTE;
const WORKERS = 3;
const KILLS = 15;
/** Of the objects: between the first and the last kill so many have been settled. */
const KILLS_OVER = 0.8;
const MAX_DEAD_MILLISECONDS = 3_000;
/** Each worker moves a third; so much it moves at least, in spite of all. */
const LEAST_SHARE = 0.1;
/** Each look costs the table some twenty queries. */
const LOOK_EVERY_MILLISECONDS = 500;
const SIGKILLED = 137;
/** Of the queues: the dead-letter policy's. */
const MAX_RECEIVE_COUNT = 10;
/** Longer than a visibility timeout: what was held by a worker that died after the work was done is gone then, too. */
const QUIET = { timeout: 400_000, interval: 1_000 };

const seed = chooseSeed();
const random = createRandom(seed);
const receipts = createReceipts();
const requests: Record<string, number> = {};

let table: TestTable;
let dynamodb: FaultyProxy;
let bridge: Bridge;
let fleet: ContainerFleet;

beforeAll(async () => {
  table = await createTestTable();
  dynamodb = await startFaultyProxy({ host: await hostAddress() });
  dynamodb.decide = ({ operation }) => {
    requests[operation] = (requests[operation] ?? 0) + 1;
    return undefined;
  };
  bridge = await startStage({
    ledger: dynamodbBridgeLedger(table),
    intercept: {
      sqs: exchange => {
        receipts.see(exchange);
        return false;
      },
    },
  });
  await seedStore(bridge.source, plannedObjects());
  const { hostname } = new URL(String(bridge.cloud.environment.OSS_ENDPOINT));
  fleet = await startContainerFleet({
    size: WORKERS,
    environment: {
      ...bridge.cloud.environment,
      ...bridge.ledger.environment,
      AWS_ENDPOINT_URL_DYNAMODB: `http://${hostname}:${new URL(dynamodb.endpoint).port}`,
      [WORKER_NAME_VARIABLE]: 'containers',
    },
  });
});
afterAll(async () => {
  await fleet?.close();
  await bridge?.close();
  await dynamodb?.close();
  await table?.drop();
});

function plannedObjects(): readonly DemoObject[] {
  return Array.from({ length: OBJECTS }, (_, index) => {
    const isLarge = index % (OBJECTS / LARGE_OBJECTS) === 0;
    return {
      key: `${random.below(2 ** 32).toString(16)}/${index}`,
      sizeBytes: isLarge ? LARGE.minBytes + random.below(LARGE.moreBytes) : random.below(SMALL_MAX_BYTES),
      metadata: random.chance(0.1) ? { album: `Ausflug nach 西湖 ${index}` } : {},
    };
  });
}

interface Kill {
  readonly worker: string;
  readonly exitCode: number;
  /** In its hands when it was killed. */
  readonly messages: number;
  /** Objects that it had copied since it was started. */
  readonly copied: number;
  readonly peakMemoryBytes: number;
}

async function kill(victim: WorkerContainer): Promise<Kill> {
  const before = await lookAt(victim);
  const exitCode = await fleet.killAndStart(victim, random.below(MAX_DEAD_MILLISECONDS));
  return { ...before, exitCode };
}

async function lookAt(worker: WorkerContainer): Promise<Omit<Kill, 'exitCode'>> {
  const peakMemoryBytes = await worker.peakMemoryBytes();
  const { inFlight, outcomes } = await statusOf(worker);
  return { worker: worker.name, messages: inFlight.messages, copied: outcomes.copied.objects, peakMemoryBytes };
}

/** Kills one after the other, each when as much more has been settled, until it is done. */
async function killUntilDone(
  id: string,
): Promise<{ readonly backfill: BackfillBody; readonly kills: readonly Kill[] }> {
  const kills: Kill[] = [];
  for (;;) {
    const backfill = await askAny(fleet, worker => findBackfill(worker, id));
    expectSum(backfill);
    expectSum(backfill.bytes);
    if (backfill.state === 'done') return { backfill, kills };
    const settled = backfill.found - backfill.remaining;
    if (kills.length < KILLS && settled >= (OBJECTS * KILLS_OVER * (kills.length + random.next())) / KILLS) {
      const victim = fleet.workers[kills.length % WORKERS];
      if (victim !== undefined) kills.push(await kill(victim));
    }
    await delay(LOOK_EVERY_MILLISECONDS);
  }
}

function sumBy<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}

test('50,000 objects, three workers, one killed now and then: each is copied once, identical, and counted once', async () => {
  await keepEvidence({ bridge, seed }, async () => {
    try {
      const doctor = await fleet.compose.run('run', '--rm', '--no-TTY', 'worker', 'doctor');
      expect({ code: doctor.code, wrong: doctor.stdout.match(/^(warning|problem) .*/gm) }).toEqual({
        code: 0,
        wrong: null,
      });
      expect(doctor.stdout).toMatch(/^ok +ledger +The table .* in the last minute: 3\.$/m);

      const startedAt = performance.now();
      const { stdout } = await fleet.bridge('backfill', 'start', '--json');
      const { id } = JSON.parse(stdout) as { readonly id: string };
      const { backfill, kills } = await killUntilDone(id);
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const watched = await fleet.bridge('backfill', 'watch', id);
      expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining('done: 50,000 of 50,000 objects') });
      const listed = await fleet.bridge('backfill', 'list');
      expect(listed.stdout).toMatch(new RegExp(`^${id} +done +missing +50,000 +0 +0 `, 'm'));

      const atEnd = await Promise.all(fleet.workers.map(lookAt));
      const lives = [...kills, ...atEnd];
      const workers = fleet.workers.map(({ name }) => {
        const own = lives.filter(({ worker }) => worker === name);
        const peak = Math.max(...own.map(({ peakMemoryBytes }) => peakMemoryBytes));
        return { copied: sumBy(own, ({ copied }) => copied), peakMebibytes: Math.round(peak / MEBIBYTE) };
      });
      const inWork = kills.filter(({ messages }) => messages > 0).length;
      const { maxReceiveCount, messages } = receipts.report;
      const comparison = await compareStores(bridge.source, bridge.destination);
      const { found, copied } = backfill;
      const figures = { seed, seconds, found, copied, kills: kills.length, inWork, workers };
      tellRun('containers', { ...figures, messages, maxReceiveCount, dynamodbRequests: requests });

      expect(backfill).toMatchObject({ found: OBJECTS, copied: OBJECTS, skipped: 0, sourceMissing: 0, archived: 0 });
      expect(backfill).toMatchObject({ unverified: 0, failed: 0, remaining: 0 });
      expect(comparison).toMatchObject({ lost: [], extra: [], different: [], identical: { objects: OBJECTS } });
      expect(comparison.identical.bytes).toBe(backfill.bytes.copied);
      expect(kills.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: KILLS }, () => SIGKILLED));
      expect(inWork).toBeGreaterThan(KILLS / 2);
      expect(Math.min(...workers.map(worker => worker.copied))).toBeGreaterThan(OBJECTS * LEAST_SHARE);
      // What the dead held came back.
      expect(maxReceiveCount).toBeGreaterThan(1);
      expect(maxReceiveCount).toBeLessThan(MAX_RECEIVE_COUNT);

      const queued = () => bridge.cloud.sqs.counts(LOCAL.backfillQueue);
      await expect.poll(queued, QUIET).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      await fleet.compose.output('stop', 'worker');
      const ends = await Promise.all(fleet.workers.map(worker => worker.inspect()));
      expect(
        ends.map(({ RestartCount, State: { ExitCode, OOMKilled } }) => ({ RestartCount, ExitCode, OOMKilled })),
      ).toEqual(fleet.workers.map(() => ({ RestartCount: 0, ExitCode: 0, OOMKilled: false })));
      expect(deadLetters(bridge)).toEqual([]);
      expect(await openUploads(bridge)).toEqual([]);
    } finally {
      await writeFile(join(bridge.folder, 'worker.log'), await fleet.log());
    }
    await expectNoBugInLog(bridge);
  });
});
