// One worker, put together as aws-worker/worker.ts does, on the ports of its process. Numbers are small, so that a small world has many ranges,
// batches and parts.

import type { BackfillContext } from '../../aws-worker/backfill/backfill-context.ts';
import { createBackfillWatch } from '../../aws-worker/backfill/backfill-watch.ts';
import { type ChangeBackfill, createChangeBackfill } from '../../aws-worker/backfill/change-backfill.ts';
import { createFailureRuns } from '../../aws-worker/backfill/failure-runs.ts';
import { createSweeper } from '../../aws-worker/backfill/sweeper.ts';
import { createHandleMessage } from '../../aws-worker/handle-message.ts';
import { type Consumer, createConsumer } from '../../aws-worker/queue/consumer.ts';
import { createAbandonUpload } from '../../aws-worker/transfer/abandon-upload.ts';
import { createBufferPool } from '../../aws-worker/transfer/buffer-pool.ts';
import { limitTransfers } from '../../aws-worker/transfer/limit-transfers.ts';
import { createMemoryBudget, type MemoryBudget } from '../../aws-worker/transfer/memory-budget.ts';
import { createReconcile } from '../../aws-worker/transfer/reconcile.ts';
import { tidyUploads } from '../../aws-worker/transfer/tidy-uploads.ts';
import type { TransferContext } from '../../aws-worker/transfer/transfer-context.ts';
import { weighMessage } from '../../aws-worker/weigh-message.ts';
import type { Clock } from '../../shared/clock.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { Process } from './process.ts';
import { traceLog } from './trace-log.ts';
import { createWorkerPorts, type WorkerPorts } from './worker-ports.ts';
import { MAX_RECEIVE_COUNT, PART_BYTES, type World } from './world.ts';

const BUCKET = 'bucket';
const MEMORY_BYTES = 32 * KIBIBYTE;
const VISIBILITY_TIMEOUT_SECONDS = 300;
/** Three polls in one: most of them bring nothing. */
const WAIT_SECONDS = 60;
const SHUTDOWN_GRACE_SECONDS = 25;
const SILENT_AFTER_SECONDS = 900;
const TIDY_EVERY_MILLISECONDS = 600_000;

export interface SimulatedWorker {
  readonly process: Process;
  readonly backfill: BackfillContext;
  /** What a person asks of it. */
  readonly change: ChangeBackfill;
  readonly memory: MemoryBudget;
  readonly openBodies: () => number;
  /** Whether any message is in work. */
  readonly isBusy: () => boolean;
  /** SIGTERM. Resolves when the process would exit. */
  stop(): Promise<void>;
}

export function startWorker(world: World, name: string): SimulatedWorker {
  const process = new Process(name);
  const clock = world.time.clockOf(process);
  const ports = createWorkerPorts(world, process);
  const log = traceLog(world, process);
  const memory = createMemoryBudget({ totalBytes: MEMORY_BYTES, reservedForSmallBytes: MEMORY_BYTES / 8 });
  let isDraining = false;
  const transfer: TransferContext = {
    source: ports.source,
    destination: ports.destination,
    uploads: ports.ledger.uploads,
    memory,
    buffers: createBufferPool({ maxIdleBytes: MEMORY_BYTES }),
    settings: {
      sourcePrefix: '',
      destinationPrefix: '',
      partSizeBytes: PART_BYTES,
      minPartBytes: PART_BYTES,
      maxPartBytes: MEMORY_BYTES,
      maxConcurrentParts: 2,
      copyTags: true,
      maxRounds: 5,
      roundBackoffMilliseconds: 200,
    },
    clock,
    log,
  };
  const backfill: BackfillContext = {
    ledger: ports.ledger,
    listing: ports.listing,
    queue: ports.backfillQueue,
    deadLetters: ports.deadLetters,
    reconcile: limitTransfers(createReconcile(transfer), 6),
    abandonUpload: createAbandonUpload(transfer),
    watch: createBackfillWatch({ ledger: ports.ledger, clock, log }),
    runs: createFailureRuns(),
    settings: {
      sourcePrefix: '',
      maxUnpaid: world.profile.maxUnpaid,
      maxBatchBytes: world.profile.batchBytes,
      maxConcurrentObjects: 2,
      maxAttempts: world.profile.maxAttempts,
      smallestUploadBytes: PART_BYTES,
      silentAfterSeconds: SILENT_AFTER_SECONDS,
    },
    log,
    clock,
    newId: world.newId,
    isDraining: () => isDraining,
  };
  const consumers = createConsumers(world, { ports, backfill, clock });
  const stopping = new AbortController();
  const every = (milliseconds: number, task: () => Promise<void>) =>
    void keepUp(
      { clock, signal: stopping.signal, milliseconds, onError: error => log.warn('Upkeep failed.', { error }) },
      task,
    );
  const sweeper = createSweeper(backfill);
  void sweeper.run(stopping.signal); // never rejects
  every(TIDY_EVERY_MILLISECONDS, () =>
    tidyUploads(transfer, { isGivenUp: id => isOver(ports, id), signal: stopping.signal }),
  );
  for (const consumer of consumers) consumer.start();

  return {
    process,
    backfill,
    change: createChangeBackfill({ ledger: ports.ledger, sweeper }),
    memory,
    openBodies: ports.openBodies,
    isBusy: () => consumers.some(consumer => consumer.inFlight.messages > 0),
    async stop() {
      isDraining = true;
      const grace = new AbortController();
      world.time.after(SHUTDOWN_GRACE_SECONDS * 1000, process, () => grace.abort());
      await Promise.all(consumers.map(consumer => consumer.stop({ signal: grace.signal })));
      stopping.abort();
    },
  };
}

function createConsumers(
  world: World,
  {
    ports,
    backfill,
    clock,
  }: { readonly ports: WorkerPorts; readonly backfill: BackfillContext; readonly clock: Clock },
): readonly Consumer[] {
  const { log, reconcile, abandonUpload } = backfill;
  const handle = createHandleMessage({
    live: {
      reconcile,
      ...(abandonUpload === undefined ? {} : { abandonUpload }),
      ledger: ports.ledger,
      sourceBucket: BUCKET,
      maxAttempts: world.profile.maxAttempts,
      log,
      clock,
    },
    backfill,
    log,
    onTrouble: () => undefined,
  });
  const live = { name: 'live', queue: ports.liveQueue };
  const queues = world.profile.isOneQueue ? [live] : [live, { name: 'backfill', queue: ports.backfillQueue }];
  return queues.map(({ name, queue }) =>
    createConsumer({
      name,
      queue,
      deadLetters: ports.deadLetters,
      handle,
      weigh: weighMessage,
      window: { maxMessages: 4, maxBytes: 8 * KIBIBYTE },
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      maxReceiveCount: MAX_RECEIVE_COUNT,
      waitSeconds: WAIT_SECONDS,
      log,
      clock,
    }),
  );
}

async function isOver({ ledger }: WorkerPorts, id: string): Promise<boolean> {
  const status = (await ledger.findBackfill(id))?.status;
  return status !== 'running' && status !== 'paused';
}

/** As aws-worker/repeat.ts, on virtual time. */
async function keepUp(
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly milliseconds: number;
    readonly onError: (error: unknown) => void;
  },
  task: () => Promise<void>,
): Promise<void> {
  while (!options.signal.aborted) {
    await options.clock.wait(options.milliseconds, options.signal).catch(() => undefined); // aborted: the loop ends
    if (!options.signal.aborted) await task().catch(options.onError);
  }
}
