// A backfill on a fake source, a ledger and queues in memory, and a clock that stands. Messages are worked off one by one, as a consumer
// does; the reconcile is a stand-in that remembers what it was asked.

import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { BackfillContext, BackfillSettings } from '../../../../aws-worker/backfill/backfill-context.ts';
import { createBackfillWatch } from '../../../../aws-worker/backfill/backfill-watch.ts';
import { createFailureRuns } from '../../../../aws-worker/backfill/failure-runs.ts';
import type { SourceListing } from '../../../../aws-worker/backfill/source-listing.ts';
import { type StartBackfill, startBackfill } from '../../../../aws-worker/backfill/start-backfill.ts';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { createHandleMessage, type MessageContext } from '../../../../aws-worker/handle-message.ts';
import type { Backfill, Ledger } from '../../../../aws-worker/ledger/ledger.ts';
import { openSqliteLedger } from '../../../../aws-worker/ledger/sqlite-ledger.ts';
import type { Disposition } from '../../../../aws-worker/queue/disposition.ts';
import type { ReceivedMessage } from '../../../../aws-worker/queue/message-queue.ts';
import type { Outcome } from '../../../../aws-worker/transfer/outcome.ts';
import type { Reconcile } from '../../../../aws-worker/transfer/reconcile.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile-request.ts';
import { BridgeError, type ErrorKind } from '../../../../shared/bridge-error.ts';
import { systemClock } from '../../../../shared/clock.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createFakeObjectSource } from '../../../fakes/fake-object-source.ts';
import { createFakeSourceListing } from '../../../fakes/fake-source-listing.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createSteps, steppedPort } from '../../../fakes/steps.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

export const SIGNAL = new AbortController().signal;
const VISIBILITY_TIMEOUT_SECONDS = 300;
const MAX_DEALT_WITH = 10_000;

export function error(code: string, kind: ErrorKind = 'retryable', retryAfterMilliseconds?: number): BridgeError {
  const message = `Said by a test: ${code}.`;
  return new BridgeError({
    kind,
    code,
    message,
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  });
}

export interface BackfillFixtureOptions {
  readonly settings?: Partial<BackfillSettings>;
  /** As short as a test wants the pages of the listing. */
  readonly maxPageObjects?: number;
  /** In place of the source's. */
  readonly listing?: SourceListing;
  /** In place of one in memory; whoever opens it closes it. */
  readonly ledger?: (options: { readonly now: () => Date }) => Promise<Ledger>;
}

/** What reconciling a key comes to; throwing included. */
export type Answer = (request: ReconcileRequest, signal: AbortSignal) => Outcome | Promise<Outcome>;

export type BackfillFixture = Awaited<ReturnType<typeof createBackfillFixture>>;

export async function createBackfillFixture(options: BackfillFixtureOptions = {}) {
  const { settings, maxPageObjects = 1000, listing } = options;
  const { log, lines } = createRecordingLog();
  const clock = createVirtualClock(Date.UTC(2026, 0, 2));
  const now = () => clock.date();
  const ledger = await (options.ledger?.({ now }) ??
    openSqliteLedger({ path: ':memory:', workerId: 'worker-1', log, now }));
  if (options.ledger === undefined) onTestFinished(() => ledger.close());
  const source = createFakeObjectSource();
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const requests: ReconcileRequest[] = [];
  const outcomes: string[] = [];
  const troubles: (string | undefined)[] = [];
  const abandoned: string[] = [];
  const abandonedFor = new Set<string | undefined>();
  const steps = createSteps<string>();
  let answer: Answer = request => {
    const object = source.current(request.key)?.object;
    return object === undefined
      ? { kind: 'source-missing', sizeBytes: 0 }
      : { kind: 'copied', sizeBytes: object.sizeBytes, isWritten: true };
  };
  const reconcile: Reconcile = async (request, { signal }) => {
    requests.push(request);
    return await answer(request, signal);
  };
  const steppedLedger = steppedPort(ledger, steps);
  const context: BackfillContext = {
    ledger: steppedLedger,
    listing: steppedPort(listing ?? createFakeSourceListing(source, { maxPageObjects }), steps),
    queue: steppedPort(queue, steps),
    deadLetters: steppedPort(deadLetters, steps),
    reconcile: (request, options) => steps.around('reconcile', () => reconcile(request, options)),
    abandonUpload: async ({ sourceKey, backfill }) => {
      abandoned.push(sourceKey);
      abandonedFor.add(backfill);
    },
    watch: createBackfillWatch({ ledger: steppedLedger, clock, log }),
    runs: createFailureRuns(),
    settings: {
      sourcePrefix: '',
      maxUnpaid: 1_000,
      maxBatchBytes: MEBIBYTE,
      maxConcurrentObjects: 4,
      maxAttempts: 3,
      silentAfterSeconds: 3600,
      smallestUploadBytes: 5 * MEBIBYTE,
      ...settings,
    },
    log,
    // Short waits in the domain pass by themselves.
    // Polls follow each other at once; what a test lets happen meanwhile happens at a step.
    clock: { ...clock, wait: (_, signal) => systemClock.wait(0, signal) },
    newId: randomUUID,
    onOutcome: ({ kind }) => void outcomes.push(kind),
  };
  const messages: MessageContext = {
    live: {
      reconcile: context.reconcile,
      ledger,
      sourceBucket: 'bucket',
      maxAttempts: 3,
      log,
      clock,
      onOutcome: ({ kind }) => void outcomes.push(kind),
    },
    backfill: context,
    log,
    onTrouble: trouble => void troubles.push(trouble?.code),
  };
  const handle = createHandleMessage(messages);

  /** With steps of its own: a crash between the copy and the delete is one too. */
  async function settle(message: ReceivedMessage, disposition: Disposition): Promise<void> {
    if (disposition.kind === 'release') {
      await queue.changeVisibility([message.receiptHandle], disposition.delaySeconds ?? 0);
      return;
    }
    if (disposition.kind === 'drop') return;
    if (disposition.kind === 'replace') await context.queue.send([disposition]);
    if (disposition.kind === 'dead-letter') {
      await context.deadLetters.send([{ body: disposition.body ?? message.body }]);
    }
    await context.queue.delete([message.receiptHandle]);
  }

  return {
    context,
    messages,
    ledger,
    source,
    queue,
    deadLetters,
    clock,
    steps,
    lines,
    requests,
    outcomes,
    troubles,
    /** Keys whose uploads were ended. */
    abandoned,
    /** The backfills whose work had them. */
    abandonedFor,
    handle,
    /** From now on. */
    answerWith(next: Answer) {
      answer = next;
    },
    addObjects(count: number, sizeBytes = 1) {
      for (let index = 0; index < count; index++) {
        source.write(`k${String(index).padStart(4, '0')}`, { bytes: Buffer.alloc(sizeBytes, index) });
      }
    },
    async start(request: StartBackfill = {}): Promise<string> {
      return (await startBackfill(context, request)).backfill.id;
    },
    /** As a person does, through another worker that no step touches; its sweep follows at once. False: it was not paused. */
    async resume(id: string): Promise<boolean> {
      const isResumed = await ledger.changeStatus(id, { from: ['paused'], to: 'running' });
      if (isResumed) await sweep({ ...context, ledger, queue });
      return isResumed;
    },
    async pause(id: string): Promise<boolean> {
      return await ledger.changeStatus(id, { from: ['running'], to: 'paused' });
    },
    async backfill(id: string): Promise<Backfill> {
      const found = await ledger.findBackfill(id);
      if (found === undefined) throw new Error('no such backfill');
      return found;
    },
    /**
     * Works off one message as a worker does that may crash: what it throws leaves the message to others. False: none can be received now.
     */
    async workOffOne(): Promise<boolean> {
      const received = await queue.receive({
        maxMessages: 1,
        waitSeconds: 0,
        visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
        signal: SIGNAL,
      });
      for (const message of received) {
        try {
          await settle(message, await handle(message, { signal: SIGNAL }));
        } catch {
          await queue.changeVisibility([message.receiptHandle], 0);
        }
      }
      return received.length > 0;
    },
    /** Works off all messages, delayed ones too; `between` is called after each. */
    async workOff(between: () => void | Promise<void> = () => undefined): Promise<void> {
      for (let count = 0; count < MAX_DEALT_WITH; count++) {
        if (!(await this.workOffOne())) {
          if (queue.bodies.length === 0) return;
          await clock.advance(60_000);
        }
        await between();
      }
      throw new Error(`Messages are still there after ${MAX_DEALT_WITH} were worked off: ${queue.bodies[0]}`);
    },
  };
}

/** A message as it comes from the queue. */
export function received(body: string): ReceivedMessage {
  return { messageId: 'm1', receiptHandle: 'r1', body, receiveCount: 1, receivedAtMilliseconds: 0 };
}
