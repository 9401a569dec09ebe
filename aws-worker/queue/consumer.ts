// Receives messages and keeps a window of them in work, bounded by count and by bytes. One loop receives, and asks only for what there is
// room for; each message is worked on and settled by itself, so none waits for the slowest of its batch. No failure ends the loop.
// What is in hand, and its memory bound: work-in-hand.ts. Kept invisible to others: heartbeat.ts. How a message ends: settle-message.ts.

import type { BridgeError } from '../../shared/bridge-error.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from './crashed-too-often.ts';
import type { Disposition } from './disposition.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { MessageQueue } from './message-queue.ts';
import { createReceiveLoop } from './receive-loop.ts';
import type { MessageHandler } from './run-handler.ts';
import type { Weight, WindowLimits } from './window.ts';
import { createWorkInHand } from './work-in-hand.ts';

export interface ConsumerOptions {
  readonly queue: MessageQueue;
  readonly deadLetters: MessageQueue;
  /** For logs and dead letters: live, backfill. */
  readonly name: string;
  /** A throw is a bug: logged, and the message released for a while. */
  readonly handle: MessageHandler;
  /** What its work will take of the window. Never throws. */
  readonly weigh: (body: string) => Weight;
  /** One message may exceed `maxBytes` when it is alone. */
  readonly window: WindowLimits;
  /** Default 300. How long a crashed worker's messages stay unseen. */
  readonly visibilityTimeoutSeconds?: number;
  /** Default: a third of the visibility timeout. */
  readonly heartbeatSeconds?: number;
  /** Default 5; SQS takes up to 20. */
  readonly waitSeconds?: number;
  /** Default 10: as the queue's redrive policy says. What was received so often is dead-lettered instead of worked on. */
  readonly maxReceiveCount?: number;
  /** Told how each message ends but those that are handed over. */
  readonly onEnd?: (disposition: Disposition) => void;
  /** Looked at before each poll; false: nothing is received (the ledger cannot be written, paused), what is in work goes on. */
  readonly mayReceive?: () => boolean;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface ConsumerState {
  /** It runs, is not stopping, and `mayReceive` said yes. */
  readonly isPolling: boolean;
  /** When a receive last succeeded, empty or not. */
  readonly lastReceiveAt?: Date;
  /** Kept after it healed; `consecutiveErrors` tells whether it did. */
  readonly lastError?: BridgeError;
  readonly consecutiveErrors: number;
  /** Why messages are held: what follows them (a delayed copy, a dead letter) cannot be sent now. Gone when it was sent. */
  readonly sendError?: BridgeError;
}

export interface Consumer {
  readonly name: string;
  start(): void;
  /**
   * Stops receiving, then waits until all work is settled. When `signal` aborts first, the work's signals are aborted (cancelled
   * `worker-stopping`), and what has not ended five seconds later is handed to other workers. May be called again; never rejects.
   */
  stop(options: { readonly signal: AbortSignal }): Promise<void>;
  /** What is in work now; messages that are being settled no longer count. */
  readonly inFlight: { readonly messages: number; readonly bytes: number };
  readonly state: ConsumerState;
}

/** Of it, two thirds are left to a worker that dies before its next heartbeat: longer than its last write can live. */
const DEFAULT_VISIBILITY_TIMEOUT_SECONDS = 300;
/** Of one poll. A worker that stops lets its last one end, so it is not SQS's longest, 20: an idle worker asks four times as often for that. */
const DEFAULT_WAIT_SECONDS = 5;
/** Unless told: so that a missed one is made up for in time. */
export const HEARTBEATS_PER_TIMEOUT = 3;

export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, clock = systemClock, waitSeconds = DEFAULT_WAIT_SECONDS, mayReceive = () => true } = options;
  const { visibilityTimeoutSeconds = DEFAULT_VISIBILITY_TIMEOUT_SECONDS } = options;
  const { heartbeatSeconds = visibilityTimeoutSeconds / HEARTBEATS_PER_TIMEOUT } = options;
  const log = options.log.with({ queue: options.name });

  const heartbeat = createHeartbeat({ queue, visibilityTimeoutSeconds, heartbeatSeconds, clock, log });
  const work = createWorkInHand({
    ...options,
    heartbeat,
    maxWaitSeconds: heartbeatSeconds,
    maxReceiveCount: options.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    onChange: () => loop.wake(),
    log,
    clock,
  });
  const loop = createReceiveLoop({
    queue,
    waitSeconds,
    visibilityTimeoutSeconds,
    mayReceive,
    room: () => work.room(),
    onMessages: messages => work.takeIn(messages),
    onIdle: () => work.handOverWhatWaitsTooLong(),
    log,
    clock,
  });

  const heartbeatStop = new AbortController();
  const deadline = new AbortController();
  let running: Promise<unknown> | undefined;
  let stopping: Promise<void> | undefined;

  return {
    name: options.name,
    start() {
      if (stopping === undefined) running ??= Promise.all([loop.run(), heartbeat.run(heartbeatStop.signal)]);
    },
    async stop({ signal }) {
      if (signal.aborted) deadline.abort();
      else signal.addEventListener('abort', () => deadline.abort(), { once: true });
      stopping ??= shutDown();
      await stopping;
    },
    get inFlight() {
      return { messages: work.messages, bytes: work.bytes };
    },
    get state() {
      const { sendError } = work;
      return { ...loop.state, ...(sendError === undefined ? {} : { sendError }) };
    },
  };

  async function shutDown(): Promise<void> {
    const received = loop.stop(deadline.signal);
    // Before the last poll ends: what it still brings must not be begun.
    work.close();
    await received;
    await Promise.race([work.settled(), aborted(deadline.signal)]);
    if (deadline.signal.aborted) await work.giveUp();
    heartbeatStop.abort();
    await running;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
