// `npm start`: the whole product on this machine. The local cloud and the handler run here, the worker in a process of its own.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError } from '../shared/bridge-error.ts';
import { createLog } from '../shared/log.ts';
import { type BackfillView, createBridgeClient } from './bridge-client.ts';
import { choosePort } from './choose-port.ts';
import { compareStores } from './compare-stores.ts';
import { demoObjects } from './demo/demo-objects.ts';
import { seedStore } from './demo/seed-store.ts';
import { formatCount, formatNumber } from './format-amounts.ts';
import { createLiveLine } from './live-line.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { type Buckets, openBuckets } from './open-buckets.ts';
import { formatReport, isFlawless, type RunReport } from './run-report.ts';
import { type Changes, makeDemoTraffic, watchSource } from './source-changes.ts';
import { readStartOptions, START_USAGE, type StartOptions } from './start-options.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const POLL_MILLISECONDS = 250;
/** Longer than the longest delay of a message. */
const PATIENCE_MILLISECONDS = 20 * 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const line = createLiveLine(process.stdout);

async function main(): Promise<void> {
  const options = readStartOptions(process.argv.slice(2));
  if (options.wantsHelp) return say(START_USAGE);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

  const buckets = await openBuckets(options.folders);
  if (options.folders === undefined) {
    say('Making a demo bucket …');
    await seedStore(buckets.source, demoObjects());
  }
  const cloud = await startLocalCloud({ ...buckets, log: createLog({ level: 'error' }) });
  try {
    await runWorker(options, { buckets, cloud, stop: stop.signal });
  } finally {
    stop.abort();
    await cloud.close();
  }
}

async function runWorker(options: StartOptions, around: Omit<Running, 'worker'>): Promise<void> {
  const { buckets, cloud, stop } = around;
  const worker = await startWorkerProcess({
    environment: { ...cloud.environment, LEDGER_URL: `sqlite:${join(buckets.stateFolder, 'ledger.db')}` },
    port: await choosePort(options.port),
    logFile: join(buckets.stateFolder, 'worker.log'),
  });
  try {
    const report = await run(options, { ...around, worker });
    if (report !== undefined && !isFlawless(report)) process.exitCode = 1;
    if (!options.isOnce && !stop.aborted) await stayUp({ cloud, worker, stop });
  } finally {
    line.end();
    if (stop.aborted) say('Stopping …');
    if ((await worker.stop()) !== 0) process.exitCode = 1;
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
  const backfill = await untilSettled({
    ...running,
    changes,
    look: () => client.backfill(id),
    isBounded: options.isOnce,
  });
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
    copied: (await client.status()).outcomes.copied,
    comparison: await compareStores(buckets.source, buckets.destination),
    workerPeakMemoryBytes: await worker.peakMemoryBytes(),
  };
  say(formatReport(report));
  return report;
}

interface Settling extends Running {
  readonly changes: Changes;
  readonly look: () => Promise<BackfillView>;
  /** Gives up when nothing moves any more. */
  readonly isBounded: boolean;
}

/** Until the backfill is done, the changes are over, and no event or message is left anywhere. Undefined when interrupted. */
async function untilSettled(settling: Settling): Promise<BackfillView | undefined> {
  const { cloud, worker, changes, stop } = settling;
  let progress = '';
  let movedAt = performance.now();
  while (!stop.aborted) {
    // First the events, then the queues, then the backfill: work only moves in that order.
    changes.check();
    const isQuiet = changes.isOver && cloud.functionCompute.pending === 0 && queued(cloud) === 0;
    const backfill = await settling.look();
    line.show(progressOf(cloud, backfill));
    const hasEnded = backfill.state === 'done' || backfill.state === 'cancelled';
    if (isQuiet && hasEnded) return backfill;
    if (worker.process.exitCode !== null) throw refuse('worker-died', 'The worker ended; its log says why.');
    const now = `${progressOf(cloud, backfill)} ${await bytesWritten(worker)}`;
    if (now !== progress) movedAt = performance.now();
    progress = now;
    if (settling.isBounded && performance.now() - movedAt > PATIENCE_MILLISECONDS) {
      throw refuse('no-progress', "Nothing has moved for long; the worker's log and its page say why.");
    }
    await delay(POLL_MILLISECONDS);
  }
  return undefined;
}

/** Moves also while a single large object is on its way. */
async function bytesWritten(worker: WorkerProcess): Promise<string> {
  const answer = await fetch(`${worker.url}/metrics`);
  return /^oss_s3_bridge_bytes_total (.+)$/m.exec(await answer.text())?.[1] ?? '';
}

function refuse(code: string, message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code, message });
}

function queued(cloud: LocalCloud): number {
  return [LOCAL.liveQueue, LOCAL.backfillQueue]
    .map(name => cloud.sqs.counts(name))
    .reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0);
}

function progressOf(cloud: LocalCloud, backfill: BackfillView): string {
  const settled = backfill.found - backfill.remaining;
  return `backfill ${backfill.state}: ${formatNumber(settled)} of ${formatCount(backfill.found, 'object')} (${formatNumber(backfill.copied)} copied, ${formatNumber(backfill.failed)} failed) · live: ${formatCount(cloud.functionCompute.invocations, 'event')} · ${formatCount(queued(cloud), 'message')} queued`;
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

main().catch(error => {
  line.end();
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
