// Puts the worker together: ledger, queues, storage, domain, consumers, HTTP. Part of the composition root; nothing else starts anything.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { hasCode } from '../shared/bridge-error.ts';
import { systemClock } from '../shared/clock.ts';
import { MEBIBYTE } from '../shared/limits.ts';
import type { Log } from '../shared/log.ts';
import { untilAborted } from '../shared/until-aborted.ts';
import type { BackfillContext } from './backfill/backfill-context.ts';
import { createBackfillWatch } from './backfill/backfill-watch.ts';
import { createChangeBackfill } from './backfill/change-backfill.ts';
import { createFailureRuns } from './backfill/failure-runs.ts';
import { startBackfill } from './backfill/start-backfill.ts';
import { createSweeper, type Sweeper } from './backfill/sweeper.ts';
import { checkClouds } from './check-clouds.ts';
import { closeInReverse, type Opened } from './close-in-reverse.ts';
import type { WorkerConfig } from './config.ts';
import { connectLedger } from './connect-ledger.ts';
import { connectQueues, type Queues } from './connect-queues.ts';
import { connectStorage, type Storage } from './connect-storage.ts';
import { consumerProblems, inFlightOf, observeConsumer } from './consumer-readings.ts';
import { createHandleMessage } from './handle-message.ts';
import { buildApp } from './http/app.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import type { Ledger } from './ledger/ledger.ts';
import { listen } from './listen.ts';
import { LiveStatus } from './live-status.ts';
import { type Consumer, createConsumer } from './queue/consumer.ts';
import { Readiness } from './readiness.ts';
import { startTaskProtection, type TaskProtection } from './task-protection.ts';
import { createAbandonUpload } from './transfer/abandon-upload.ts';
import { createBufferPool } from './transfer/buffer-pool.ts';
import { limitTransfers } from './transfer/limit-transfers.ts';
import { createMemoryBudget } from './transfer/memory-budget.ts';
import { S3_MIN_PART_BYTES } from './transfer/plan-parts.ts';
import { createReconcile } from './transfer/reconcile.ts';
import type { TransferContext } from './transfer/transfer-context.ts';
import { tryUntilAnswered } from './try-until-answered.ts';
import { probeLedger, startUpkeep } from './upkeep.ts';
import { weighMessage } from './weigh-message.ts';

/** An eighth of the memory budget is for small objects, so that they never wait behind large ones. */
const SMALL_RESERVE_DIVISOR = 8;
/** A batch message is never hours of work. */
const MAX_BATCH_BYTES = 256 * MEBIBYTE;
const MAX_UNPAID = 400;
/** With live events in the same queue: no more than the window holds, so that none is received only to be put back. */
const MAX_UNPAID_OF_ONE_QUEUE = 32;
const MAX_ATTEMPTS = 10;
const MAX_ROUNDS = 5;
const ROUND_BACKOFF_MILLISECONDS = 200;
const MAX_CONCURRENT_OBJECTS_OF_A_BATCH = 16;
/** Longer than large objects wait behind others; what was dropped by a pause is sent again by the resume, at once. */
const SILENT_AFTER_SECONDS = 6 * 3600;

export interface WorkerOptions {
  readonly config: WorkerConfig;
  readonly version: string;
  readonly dashboardFolder: URL;
  readonly log: Log;
  /** Ends the start, however long a cloud does not answer; without meaning once it is complete. */
  readonly signal?: AbortSignal;
}

export interface Worker {
  /** Where the API answers. */
  readonly url: string;
  /** Drains within the grace period, then lets go of everything. */
  stop(): Promise<void>;
}

interface Parts {
  readonly config: WorkerConfig;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly storage: Storage;
  readonly protection: TaskProtection;
  readonly metrics: Metrics;
  readonly status: LiveStatus;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** @throws BridgeError: what has to be mended before it can start; `cancelled` when the signal aborted first. Nothing is open then. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const opened = closeInReverse();
  try {
    return await openWorker(options, opened);
  } catch (error) {
    // The failure that matters is the first.
    await opened.close().catch((cause: unknown) => options.log.warn('Not all could be closed.', { error: cause }));
    throw error;
  }
}

async function openWorker(options: WorkerOptions, opened: Opened): Promise<Worker> {
  const { config, log, signal = new AbortController().signal } = options;
  const workerId = `${hostname().slice(0, 40)}-${randomBytes(6).toString('hex')}`;
  const ledger = await tryUntilAnswered(() => connectLedger(config, { workerId, log, signal }), { signal, log });
  opened.add(() => ledger.close());
  const queues = await tryUntilAnswered(() => connectQueues(config, { signal, log }), { signal, log });
  opened.add(() => queues.close());
  const storage = connectStorage(config, log);
  opened.add(() => storage.close());
  const protection = startTaskProtection(config.ecsAgentUri, { log });
  opened.add(() => protection.stop());
  const parts: Parts = {
    config,
    ledger,
    queues,
    storage,
    protection,
    metrics: createMetrics({ version: options.version }),
    status: new LiveStatus(now),
    readiness: new Readiness(),
    log,
  };
  const transfer = transferContext(parts);
  const backfill = backfillContext(parts, transfer);
  const sweeper = createSweeper(backfill);
  const consumers = createConsumers(parts, backfill);
  const app = await buildWorkerApp(options, parts, { backfill, sweeper, consumers });
  opened.add(() => app.close());
  const url = await listen(app, config.http);
  log.info('Listening.', { url, workerId });
  await checkClouds(storage, { prefix: config.oss.prefix, signal, log });
  await tryUntilAnswered(() => untilAborted(ledger.selfTest(), signal), { signal, log });
  await probeLedger(parts, workerId);
  for (const consumer of consumers) consumer.start();
  parts.readiness.started();
  const upkeep = startUpkeep(parts, { sweeper, transfer, workerId });
  const stop = async () => {
    parts.readiness.draining();
    const grace = AbortSignal.timeout(config.shutdownGraceSeconds * 1000);
    // Upkeep too: who sweeps has claimed debts as sent, and is to send them before the queues are closed.
    await Promise.all([
      ...consumers.map(consumer => consumer.stop({ signal: grace })),
      upkeep.stop(),
      protection.stop(),
    ]);
    await opened.close();
    log.info('Stopped.');
  };
  return { url, stop };
}

function now(): Date {
  return new Date();
}

function transferContext({ config, storage, ledger, metrics, status, log }: Parts): TransferContext {
  const { memoryBudgetBytes, partSizeBytes, maxConcurrentParts } = config.tuning;
  const reservedForSmallBytes = memoryBudgetBytes / SMALL_RESERVE_DIVISOR;
  return {
    source: storage.source,
    destination: storage.destination,
    uploads: ledger.uploads,
    memory: createMemoryBudget({ totalBytes: memoryBudgetBytes, reservedForSmallBytes }),
    // A quarter: idle buffers of sizes that are not wanted now come on top of the budget.
    buffers: createBufferPool({ maxIdleBytes: memoryBudgetBytes / 4 }),
    settings: {
      sourcePrefix: config.oss.prefix,
      destinationPrefix: config.s3.prefix,
      partSizeBytes,
      maxPartBytes: memoryBudgetBytes - reservedForSmallBytes,
      maxConcurrentParts,
      copyTags: config.copyTags,
      maxRounds: MAX_ROUNDS,
      roundBackoffMilliseconds: ROUND_BACKOFF_MILLISECONDS,
    },
    clock: systemClock,
    log,
    onBytesWritten: bytes => {
      metrics.bytes.inc(bytes);
      status.written(bytes);
    },
  };
}

function backfillContext(parts: Parts, transfer: TransferContext): BackfillContext {
  const { config, ledger, queues, storage, metrics, status, readiness, log } = parts;
  return {
    ledger,
    listing: storage.listing,
    queue: queues.backfill,
    deadLetters: queues.deadLetters,
    reconcile: limitTransfers(createReconcile(transfer), config.tuning.maxConcurrentObjects),
    abandonUpload: createAbandonUpload(transfer),
    watch: createBackfillWatch({ ledger, clock: systemClock, log }),
    runs: createFailureRuns(),
    settings: {
      sourcePrefix: config.oss.prefix,
      maxUnpaid: queues.consumed.length === 1 ? MAX_UNPAID_OF_ONE_QUEUE : MAX_UNPAID,
      maxBatchBytes: MAX_BATCH_BYTES,
      maxConcurrentObjects: MAX_CONCURRENT_OBJECTS_OF_A_BATCH,
      maxAttempts: MAX_ATTEMPTS,
      silentAfterSeconds: SILENT_AFTER_SECONDS,
      smallestUploadBytes: S3_MIN_PART_BYTES,
    },
    log,
    clock: systemClock,
    newId: () => randomBytes(9).toString('base64url'),
    isDraining: () => readiness.isDraining,
    onOutcome: outcome => {
      metrics.objects.inc({ outcome: outcome.kind, origin: 'backfill' });
      status.settled(outcome);
    },
  };
}

function createConsumers(parts: Parts, backfill: BackfillContext): readonly Consumer[] {
  const { config, ledger, queues, metrics, status, readiness, protection, log } = parts;
  const handle = createHandleMessage({
    live: {
      reconcile: backfill.reconcile,
      ...(backfill.abandonUpload === undefined ? {} : { abandonUpload: backfill.abandonUpload }),
      ledger,
      sourceBucket: config.oss.bucket,
      maxAttempts: MAX_ATTEMPTS,
      log,
      clock: systemClock,
      onOutcome: (outcome, lagSeconds) => {
        metrics.objects.inc({ outcome: outcome.kind, origin: 'live' });
        status.settled(outcome);
        if (lagSeconds === undefined) return;
        metrics.objectLagSeconds.observe(lagSeconds);
        status.lagged(lagSeconds);
      },
    },
    backfill,
    log,
    onTrouble: error => {
      // At once, not at the next probe, which alone says when it has passed: an outcome that cannot be recorded must not be worked for.
      if (hasCode(error, 'ledger-unavailable')) readiness.ledger(error);
      else readiness.trouble(error);
    },
  });
  return queues.consumed.map(({ name, queue, window, maxReceiveCount }) =>
    createConsumer({
      name,
      queue,
      deadLetters: queues.deadLetters,
      handle: (message, options) => protection.during(() => handle(message, options)),
      onEnd: disposition => {
        metrics.messages.inc({ queue: name, disposition: disposition.kind });
        if (disposition.kind === 'dead-letter') {
          log.warn('A message goes to the dead-letter queue.', {
            queue: name,
            code: disposition.code,
            reason: disposition.reason,
          });
        }
      },
      maxReceiveCount,
      weigh: weighMessage,
      window,
      visibilityTimeoutSeconds: config.sqs.visibilityTimeoutSeconds,
      mayReceive: () => readiness.mayReceive,
      log,
    }),
  );
}

async function buildWorkerApp(
  { config, version, dashboardFolder, log }: WorkerOptions,
  { ledger, metrics, status, readiness }: Parts,
  {
    backfill,
    sweeper,
    consumers,
  }: { readonly backfill: BackfillContext; readonly sweeper: Sweeper; readonly consumers: readonly Consumer[] },
) {
  return await buildApp({
    apiToken: config.http.apiToken,
    version,
    dashboardFolder,
    log,
    now,
    backfills: {
      start: request => startBackfill(backfill, request),
      find: id => ledger.findBackfill(id),
      list: limit => ledger.listBackfills({ limit }),
      failures: options => ledger.listFailures(options),
      change: createChangeBackfill({ ledger, sweeper }),
    },
    readiness: async () => [...readiness.problems(), ...consumers.flatMap(consumerProblems)],
    isAlive: () => true,
    live: () => ({ ...status.totals(), inFlight: inFlightOf(consumers) }),
    metrics: {
      contentType: metrics.registry.contentType,
      render: () => {
        for (const consumer of consumers) observeConsumer(metrics, consumer);
        return metrics.registry.metrics();
      },
    },
  });
}
