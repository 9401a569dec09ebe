// `npm start`: the whole product on this machine. The local cloud and the handler run here, the worker in a process of its own.

import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError } from '../shared/bridge-error.ts';
import { createLog } from '../shared/log.ts';
import { type BackfillView, createBridgeClient } from './bridge-client.ts';
import { compareStores } from './compare-stores.ts';
import { AWKWARD_KEYS } from './demo/awkward-keys.ts';
import { demoObjects } from './demo/demo-objects.ts';
import { makeLiveTraffic } from './demo/live-traffic.ts';
import { seedStore } from './demo/seed-store.ts';
import { formatCount } from './format-amounts.ts';
import { createLiveLine } from './live-line.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { type Buckets, openBuckets } from './open-buckets.ts';
import { formatReport, isFlawless, type RunReport } from './run-report.ts';
import { readStartOptions, START_USAGE, type StartOptions } from './start-options.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const DEFAULT_PORT = 8080;
const POLL_MILLISECONDS = 250;
const WATCH_INTERVAL_MILLISECONDS = 1_000;
const LIVE_ROUNDS = 200;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const line = createLiveLine(process.stdout);

async function main(): Promise<void> {
  const options = readStartOptions(process.argv.slice(2));
  if (options.wantsHelp) return say(START_USAGE);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  const buckets = await openBuckets(options.folders);
  if (options.folders === undefined) {
    say('Making a demo bucket …');
    await seedStore(buckets.source, demoObjects());
  }
  const cloud = await startLocalCloud({ ...buckets, log: createLog({ level: 'error' }) });
  const worker = await startWorkerProcess({
    environment: { ...cloud.environment, LEDGER_URL: `sqlite:${join(buckets.stateFolder, 'ledger.db')}` },
    port: await choosePort(options.port),
    logFile: join(buckets.stateFolder, 'worker.log'),
  });
  try {
    const report = await run(options, { buckets, cloud, worker, stop: stop.signal });
    if (report !== undefined && !isFlawless(report)) process.exitCode = 1;
    if (!options.isOnce) await stayUp({ cloud, worker, stop: stop.signal });
  } finally {
    line.end();
    stop.abort();
    const code = await worker.stop();
    if (code !== 0) process.exitCode = 1;
    await cloud.close();
  }
}

interface Running {
  readonly buckets: Buckets;
  readonly cloud: LocalCloud;
  readonly worker: WorkerProcess;
  readonly stop: AbortSignal;
}

/** Undefined when it was interrupted. */
async function run(options: StartOptions, running: Running): Promise<RunReport | undefined> {
  const { buckets, cloud, worker, stop } = running;
  say(
    options.folders === undefined
      ? 'OSS (demo bucket) → function → SQS → worker → S3 (data/demo/destination)'
      : `OSS (${options.folders.source}) → function → SQS → worker → S3 (${options.folders.destination})`,
  );
  say(`Page: ${worker.url}/#token=${LOCAL.apiToken}`);
  say(`Worker's log: ${join(buckets.stateFolder, 'worker.log')}\n`);
  const startedAt = performance.now();
  const client = createBridgeClient({ url: worker.url, apiToken: LOCAL.apiToken });
  const { id } = await client.startBackfill();
  const changes = options.folders === undefined ? makeDemoTraffic(running) : watchSource(running);
  const backfill = await untilSettled(running, () => client.backfill(id), changes);
  if (stop.aborted || backfill === undefined) return undefined;
  const durationMilliseconds = performance.now() - startedAt;
  line.show('Comparing both buckets byte for byte …');
  line.end();
  const report: RunReport = {
    durationMilliseconds,
    backfill,
    liveEvents: cloud.functionCompute.invocations,
    failedEvents: cloud.failedEvents.length,
    deadLetters: cloud.sqs.counts(LOCAL.deadLetterQueue).visible,
    leftOut: buckets.leftOut,
    comparison: await compareStores(buckets.source, buckets.destination),
    workerPeakMemoryBytes: await worker.peakMemoryBytes(),
  };
  say(formatReport(report));
  return report;
}

interface Changes {
  readonly isOver: boolean;
  /** @throws what ended the changes early */
  check(): void;
}

function makeDemoTraffic({ cloud, stop }: Running): Changes {
  const overwritableKeys = demoObjects()
    .map(object => object.key)
    .filter(key => !AWKWARD_KEYS.some(awkward => awkward === key))
    .slice(0, 500);
  return background(
    makeLiveTraffic({ ossEndpoint: cloud.oss.endpoint, overwritableKeys, rounds: LIVE_ROUNDS, signal: stop }),
  );
}

/** Files that appear or change in the folder are what an upload is in OSS. It never ends by itself. */
function watchSource({ buckets, cloud, stop }: Running): Changes {
  const watching = buckets.source.watch({
    intervalMilliseconds: WATCH_INTERVAL_MILLISECONDS,
    signal: stop,
    onChange: async key => {
      const object = await buckets.source.find(key);
      if (object !== undefined) cloud.oss.fireCreated(LOCAL.ossBucket, object);
    },
  });
  const changes = background(watching);
  return { isOver: true, check: changes.check };
}

function background(work: Promise<unknown>): Changes {
  let isOver = false;
  let failure: unknown;
  work.then(
    () => {
      isOver = true;
    },
    error => {
      failure = error ?? new Error('unknown');
    },
  );
  return {
    get isOver() {
      return isOver;
    },
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}

/** Until the backfill is done, the changes are over, and no event or message is left anywhere. Undefined when interrupted. */
async function untilSettled(
  running: Running,
  look: () => Promise<BackfillView>,
  changes: Changes,
): Promise<BackfillView | undefined> {
  while (!running.stop.aborted) {
    // First the events, then the queues, then the backfill: work only moves in that order.
    changes.check();
    const isQuiet = changes.isOver && running.cloud.functionCompute.pending === 0 && queued(running.cloud) === 0;
    const backfill = await look();
    showProgress(running.cloud, backfill);
    const hasEnded = backfill.state === 'done' || backfill.state === 'failed' || backfill.state === 'cancelled';
    if (isQuiet && hasEnded) return backfill;
    if (running.worker.process.exitCode !== null)
      throw new BridgeError({ kind: 'permanent', code: 'worker-died', message: 'The worker ended; its log says why.' });
    await delay(POLL_MILLISECONDS);
  }
  return undefined;
}

function queued(cloud: LocalCloud): number {
  return [LOCAL.liveQueue, LOCAL.backfillQueue]
    .map(name => cloud.sqs.counts(name))
    .reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0);
}

function showProgress(cloud: LocalCloud, backfill: BackfillView): void {
  const settled = backfill.found - backfill.remaining;
  line.show(
    `backfill ${backfill.state}: ${settled} of ${formatCount(backfill.found, 'object')} (${backfill.copied} copied, ${backfill.failed} failed) · live: ${formatCount(cloud.functionCompute.invocations, 'event')} · ${formatCount(queued(cloud), 'message')} queued`,
  );
}

async function stayUp({ cloud, worker, stop }: Pick<Running, 'cloud' | 'worker' | 'stop'>): Promise<void> {
  say('Everything stays up for looking around. Ctrl-C ends it.');
  say(`  curl -H 'Authorization: Bearer ${LOCAL.apiToken}' ${worker.url}/backfill\n`);
  while (!stop.aborted) {
    line.show(
      `live: ${formatCount(cloud.functionCompute.invocations, 'event')} · ${formatCount(queued(cloud), 'message')} queued · ${formatCount(cloud.sqs.counts(LOCAL.deadLetterQueue).visible, 'dead letter')}`,
    );
    await delay(POLL_MILLISECONDS, undefined, { signal: stop }).catch(() => undefined); // aborted: the loop ends
  }
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) return wanted;
  return (await isFree(DEFAULT_PORT)) ? DEFAULT_PORT : await freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

main().catch(error => {
  line.end();
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
