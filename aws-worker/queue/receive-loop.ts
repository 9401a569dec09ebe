// Polls one queue for as long as it is not stopped. A failed receive is waited out, longer each time, and never ends the loop: a worker
// whose network comes back after a night goes on by itself.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';

export interface ReceiveLoopOptions {
  readonly queue: MessageQueue;
  readonly waitSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly mayReceive: () => boolean;
  /** How many messages to ask for now; 0: wait for `wake`. */
  readonly room: () => number;
  /** Also called with what arrives while the loop is being stopped. */
  readonly onMessages: (messages: readonly ReceivedMessage[]) => void;
  /** Called before each poll, and about once a second while nothing is received, for want of room or because it may not. */
  readonly onIdle: () => void;
  readonly log: Log;
  readonly clock: Clock;
}

export interface ReceiveLoopState {
  readonly isPolling: boolean;
  readonly lastReceiveAt?: Date;
  readonly lastError?: BridgeError;
  readonly consecutiveErrors: number;
}

export interface ReceiveLoop {
  /** Until stopped. Never throws. */
  run(): Promise<void>;
  /** There may be room again. */
  wake(): void;
  /** Begins no more polls, and returns when nothing more will arrive. The one under way ends by itself, unless the signal cuts it off. */
  stop(signal: AbortSignal): Promise<void>;
  readonly state: ReceiveLoopState;
}

const IDLE_MILLISECONDS = 1_000;
const MIN_BACKOFF_MILLISECONDS = 1_000;
const BACKOFF = { baseMilliseconds: 2_000, maximumMilliseconds: 30_000 };

export function createReceiveLoop(options: ReceiveLoopOptions): ReceiveLoop {
  const { queue, clock, log } = options;
  const stopping = new AbortController();
  const cut = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  let wakeUp: () => void = () => undefined;
  let isPolling = false;
  let lastReceiveAt: Date | undefined;
  let lastError: BridgeError | undefined;
  let consecutiveErrors = 0;

  return {
    run() {
      ended = poll();
      return ended;
    },
    wake: () => wakeUp(),
    async stop(signal) {
      isPolling = false;
      stopping.abort();
      wakeUp();
      // A poll that is cut off may take messages with it, which are then missed until their visibility timeout ends, and were received once too often.
      if (signal.aborted) cut.abort();
      else signal.addEventListener('abort', () => cut.abort(), { once: true });
      await ended;
    },
    get state() {
      return {
        isPolling,
        ...(lastReceiveAt === undefined ? {} : { lastReceiveAt }),
        ...(lastError === undefined ? {} : { lastError }),
        consecutiveErrors,
      };
    },
  };

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      isPolling = options.mayReceive();
      options.onIdle();
      const room = isPolling ? options.room() : 0;
      if (room > 0) {
        await receive(room);
      } else {
        await waitAtMost(IDLE_MILLISECONDS);
      }
    }
    isPolling = false;
  }

  async function receive(maxMessages: number): Promise<void> {
    const { waitSeconds, visibilityTimeoutSeconds } = options;
    try {
      const messages = await queue.receive({
        maxMessages,
        waitSeconds,
        visibilityTimeoutSeconds,
        signal: cut.signal,
      });
      lastReceiveAt = clock.date();
      if (consecutiveErrors > 0) log.info('Messages are received again', { failedReceives: consecutiveErrors });
      consecutiveErrors = 0;
      if (messages.length > 0) options.onMessages(messages);
    } catch (error) {
      if (cut.signal.aborted) return;
      lastError = error instanceof BridgeError ? error : unforeseen(error);
      consecutiveErrors += 1;
      const milliseconds = Math.max(
        MIN_BACKOFF_MILLISECONDS,
        backoffMilliseconds(consecutiveErrors - 1, BACKOFF, lastError),
      );
      const level = isKind(lastError, 'permanent') ? 'error' : 'warn';
      log[level]('Could not receive messages; trying again', { consecutiveErrors, milliseconds, error: lastError });
      // Only a stop ends the wait early, and the loop with it.
      await clock.wait(milliseconds, stopping.signal).catch(() => undefined);
    }
  }

  /** Ends early by `wake` and by `stop`; which of them, the loop finds out. */
  async function waitAtMost(milliseconds: number): Promise<void> {
    const timer = new AbortController();
    wakeUp = () => timer.abort();
    await clock.wait(milliseconds, timer.signal).catch(() => undefined);
    wakeUp = () => undefined;
  }
}

function unforeseen(cause: unknown): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'unforeseen',
    message: 'Receiving messages failed in a way that was not foreseen.',
    cause,
  });
}
