// The messages that a consumer has received and not yet settled: which may start, what each of them is worked on with, how each ends.
// Memory: at most `maxMessages` in work, as many again being settled or waiting for room, and ten more that a poll brought.
// Guarantees: whatever was taken in is settled, released, or left to its visibility timeout; a message whose receipt is lost is never
// deleted by us; one that was received before, by a worker that may have died of it, is handed over unbegun by a copy that knows, and is worked on no
// more when it was received too often.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { endOfCrashes } from './crashed-too-often.ts';
import { createDeleteBuffer } from './delete-buffer.ts';
import type { Disposition } from './disposition.ts';
import { afterItsWrites, forWantOfRoom, toOtherWorkers } from './hand-over.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';
import { type MessageHandler, runHandler } from './run-handler.ts';
import { type SettleTools, settleMessage } from './settle-message.ts';
import { createWindow, type Weight, type WindowLimits } from './window.ts';

export interface WorkInHandOptions {
  readonly queue: MessageQueue;
  readonly deadLetters: MessageQueue;
  readonly name: string;
  readonly handle: MessageHandler;
  readonly weigh: (body: string) => Weight;
  readonly window: WindowLimits;
  readonly heartbeat: Heartbeat;
  /** How long a received message may wait for room before it is handed to others. */
  readonly maxWaitSeconds: number;
  /** What was received so often is dead-lettered instead of worked on. */
  readonly maxReceiveCount: number;
  /** Told how each message ends but those that are handed over. */
  readonly onEnd?: (disposition: Disposition) => void;
  /** Something ended, so there may be room. */
  readonly onChange: () => void;
  readonly log: Log;
  readonly clock: Clock;
}

export interface WorkInHand {
  /** In work now; being settled no longer counts. */
  readonly messages: number;
  readonly bytes: number;
  /** Why what follows a message that is held cannot be sent now; undefined: nothing waits for that. */
  readonly sendError: BridgeError | undefined;
  /** How many messages may be asked for now. */
  room(): number;
  takeIn(messages: readonly ReceivedMessage[]): void;
  /** Hands over those that found no room for long. Others may have room, and smaller messages must not wait behind them here. */
  handOverWhatWaitsTooLong(): void;
  /** Starts nothing more: what was not begun is handed over, also what is still taken in. */
  close(): void;
  /** When nothing is in hand. */
  settled(): Promise<void>;
  /** Aborts all work, waits five seconds for it to end, and hands over what has not. Never rejects. */
  giveUp(): Promise<void>;
}

/** For handlers to return, and for their messages to be settled, after their signal was aborted; then again for the release. */
const GRACE_MILLISECONDS = 5_000;
/** Of messages that wait here for room in their lane, as a share of the window: so that it is taken at once. What is over is handed over at once. */
const WAITING_SHARE = 0.5;

interface Held {
  readonly message: ReceivedMessage;
  readonly weight: Weight;
  readonly heldSince: number;
  readonly work: AbortController;
  unwatch: () => Promise<void>;
  isLost: boolean;
  /** Handed over by giveUp: whatever its handler still says does not count. */
  isAbandoned: boolean;
  /** Why what follows it could not be sent yet. */
  unsent: BridgeError | undefined;
  /** Never rejects. */
  settled: Promise<void>;
}

export function createWorkInHand(options: WorkInHandOptions): WorkInHand {
  const { queue, log, clock } = options;
  const window = createWindow(options.window);
  const tools = { ...options, deletes: createDeleteBuffer({ queue, clock, log }) };
  const held = new Set<Held>();
  /** Received, but without room in their lane of the window. */
  let waiting: Held[] = [];
  let isClosed = false;
  const givenUp = new AbortController();

  return {
    get messages() {
      return window.messages;
    },
    get bytes() {
      return window.bytes;
    },
    get sendError() {
      return [...held].findLast(entry => entry.unsent !== undefined)?.unsent;
    },
    room() {
      // As many may be in settling as in work: a queue that refuses deletes holds us back.
      return Math.max(0, Math.min(window.room(), 2 * options.window.maxMessages - held.size));
    },
    takeIn(messages) {
      for (const message of messages) takeInOne(hold(message));
      if (isClosed) return handOver(waiting, toOtherWorkers);
      startWhatFits();
      handOver(waiting.slice(Math.ceil(options.window.maxMessages * WAITING_SHARE)), forWantOfRoom);
    },
    handOverWhatWaitsTooLong() {
      const limit = clock.now() - options.maxWaitSeconds * 1000;
      handOver(
        waiting.filter(entry => entry.heldSince <= limit),
        forWantOfRoom,
      );
    },
    close() {
      isClosed = true;
      handOver(waiting, toOtherWorkers);
    },
    settled,
    giveUp,
  };

  function handOver(entries: readonly Held[], copyOf: (message: ReceivedMessage) => Disposition): void {
    waiting = waiting.filter(entry => !entries.includes(entry));
    for (const entry of entries) entry.settled = settle(entry, copyOf(entry.message));
  }

  function takeInOne(entry: Held): void {
    const end = endOfCrashes(entry.message, options.maxReceiveCount);
    if (end === undefined) return void waiting.push(entry);
    options.onEnd?.(end);
    entry.settled = settle(entry, end);
  }

  function hold(message: ReceivedMessage): Held {
    const entry: Held = {
      message,
      weight: options.weigh(message.body),
      heldSince: clock.now(),
      work: new AbortController(),
      unwatch: () => Promise.resolve(),
      isLost: false,
      isAbandoned: false,
      unsent: undefined,
      settled: Promise.resolve(),
    };
    entry.unwatch = options.heartbeat.watch(message, error => {
      if (error.code === 'receipt-lost') loseReceipt(entry, error);
      entry.work.abort(error);
    });
    held.add(entry);
    return entry;
  }

  function loseReceipt(entry: Held, error: BridgeError): void {
    entry.isLost = true;
    log.warn('The receipt of a message is lost; its work is dropped', { messageId: entry.message.messageId, error });
    if (!waiting.includes(entry)) return;
    waiting = waiting.filter(other => other !== entry);
    entry.settled = settle(entry, { kind: 'drop' });
  }

  /** In order, but what fits passes what does not. */
  function startWhatFits(): void {
    waiting = waiting.filter(entry => {
      if (!window.fits(entry.weight)) return true;
      window.enter(entry.weight);
      entry.settled = workOn(entry);
      return false;
    });
  }

  async function workOn(entry: Held): Promise<void> {
    const disposition = await runHandler(entry.message, { handle: options.handle, signal: entry.work.signal, log });
    window.leave(entry.weight);
    startWhatFits();
    options.onChange();
    options.onEnd?.(disposition);
    await settle(entry, disposition);
  }

  async function settle(entry: Held, disposition: Disposition): Promise<void> {
    if (!entry.isAbandoned) await settleMessage(entry.message, disposition, toolsFor(entry));
    void entry.unwatch(); // Never rejects, and what an extension still does to it does not matter any more.
    held.delete(entry);
    options.onChange();
  }

  function toolsFor(entry: Held): SettleTools {
    return {
      ...tools,
      isLost: () => entry.isLost,
      letGo: () => entry.unwatch(),
      signal: givenUp.signal,
      onUnsent: error => {
        entry.unsent = error;
      },
    };
  }

  async function settled(): Promise<void> {
    while (held.size > 0) await Promise.all([...held].map(entry => entry.settled));
  }

  async function giveUp(): Promise<void> {
    givenUp.abort();
    for (const entry of held) entry.work.abort(workerStopping());
    await withinGrace(settled());
    const left = [...held];
    if (left.length === 0) return;
    for (const entry of left) {
      entry.isAbandoned = true;
      void entry.unwatch();
    }
    log.warn('Some work did not end in time; its messages are given to other workers', { messages: left.length });
    await withinGrace(passOn(left));
  }

  /**
   * Their writes may still be on their way, also those of a message that is in other hands by now: they are seen when those have landed or died.
   */
  async function passOn(entries: readonly Held[]): Promise<void> {
    await Promise.all(
      entries.map(entry => settleMessage(entry.message, afterItsWrites(entry.message), toolsFor(entry))),
    );
  }

  async function withinGrace(work: Promise<void>): Promise<void> {
    const timer = new AbortController();
    // An abort of the timer only means that the work ended before it.
    const grace = clock.wait(GRACE_MILLISECONDS, timer.signal).catch(() => undefined);
    await Promise.race([work, grace]);
    timer.abort();
  }
}

function workerStopping(): BridgeError {
  return new BridgeError({
    kind: 'cancelled',
    code: 'worker-stopping',
    message: 'This worker stops; the work goes on elsewhere.',
  });
}
