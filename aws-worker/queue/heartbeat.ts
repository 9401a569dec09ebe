// Keeps the messages in hand invisible to others: one ticker for all of them, ten a request, and only for those that are held long enough
// to need it. A receipt counts as lost when SQS says so, or when no extension has succeeded for nearly the visibility timeout, because
// then another worker may have the message. SQS ends every receive after 12 hours, whatever is asked; the holder is told an hour before:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
// Not guaranteed: that nobody else holds it. A standard queue may deliver twice at any time; writes are fenced by conditions.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { inTens } from './message-batches.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';

export interface HeartbeatOptions {
  readonly queue: MessageQueue;
  readonly visibilityTimeoutSeconds: number;
  readonly heartbeatSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Heartbeat {
  /**
   * From now until the returned function is called. `onEnd` is told at most once of each: cancelled `receipt-lost`, after which nothing is
   * extended any more; cancelled `receipt-near-limit`, after which extensions go on so that the work can be handed over. What the function returns
   * resolves when no extension is on its way any more, which could still undo a release, and never rejects.
   */
  watch(message: ReceivedMessage, onEnd: (error: BridgeError) => void): () => Promise<void>;
  /** Ticks until the signal aborts. Never throws. */
  run(signal: AbortSignal): Promise<void>;
}

const HOUR_MILLISECONDS = 3_600_000;
const HAND_OVER_AFTER_MILLISECONDS = 11 * HOUR_MILLISECONDS;
/** Time for an abort to reach the work, and for the request in flight to end, before another worker can see the message. */
const MAX_MARGIN_MILLISECONDS = 20_000;
const TICKS_PER_HEARTBEAT = 8;
const MIN_TICK_MILLISECONDS = 100;
const MAX_TICK_MILLISECONDS = 5_000;
const RETRY_BASE_MILLISECONDS = 1_000;

interface Watched {
  readonly message: ReceivedMessage;
  readonly onEnd: (error: BridgeError) => void;
  nextBeatAt: number;
  /** Until when it is surely ours. */
  safeUntil: number;
  failures: number;
  isBeating: boolean;
  /** The latest extension; when it has ended, however. */
  beat: Promise<void>;
  isNearLimit: boolean;
}

export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { queue, clock, log } = options;
  const visibility = options.visibilityTimeoutSeconds * 1000;
  const interval = options.heartbeatSeconds * 1000;
  const safe = visibility - Math.min(MAX_MARGIN_MILLISECONDS, visibility / 6);
  const watched = new Set<Watched>();

  return {
    watch(message, onEnd) {
      const { receivedAtMilliseconds } = message;
      const entry: Watched = {
        message,
        onEnd,
        nextBeatAt: receivedAtMilliseconds + interval,
        // The time of receiving is that of the request, and a long poll may have waited for the message: not lost before one beat could be tried.
        safeUntil: Math.max(receivedAtMilliseconds + safe, clock.now() + visibility / 2),
        failures: 0,
        isBeating: false,
        beat: Promise.resolve(),
        isNearLimit: false,
      };
      watched.add(entry);
      return () => {
        watched.delete(entry);
        return entry.beat;
      };
    },

    async run(signal) {
      const tick = Math.min(MAX_TICK_MILLISECONDS, Math.max(MIN_TICK_MILLISECONDS, interval / TICKS_PER_HEARTBEAT));
      while (!signal.aborted) {
        beatWhereDue();
        endWhatIsOver();
        // Only an abort ends the wait early, and the loop with it.
        await clock.wait(tick, signal).catch(() => undefined);
      }
    },
  };

  function beatWhereDue(): void {
    const now = clock.now();
    const isDue = (entry: Watched, before: number) => !entry.isBeating && entry.nextBeatAt <= before;
    if (![...watched].some(entry => isDue(entry, now))) return;
    // Those that are due soon go along, so that requests are full. One that just failed waits for its own time.
    const due = [...watched].filter(entry => isDue(entry, entry.failures > 0 ? now : now + interval / 2));
    for (const group of inTens(due)) {
      const beating = beat(group); // Never rejects; the next tick must not wait for it.
      for (const entry of group) entry.beat = beating;
    }
  }

  async function beat(entries: readonly Watched[]): Promise<void> {
    const sentAt = clock.now();
    for (const entry of entries) entry.isBeating = true;
    try {
      const handles = entries.map(entry => entry.message.receiptHandle);
      const { lost, failed } = await queue.changeVisibility(handles, options.visibilityTimeoutSeconds);
      const hasFailed = ({ message }: Watched) => failed.has(message.receiptHandle);
      tryAgain(entries.filter(hasFailed), [...failed.values()][0]);
      for (const entry of entries) {
        if (hasFailed(entry)) continue;
        entry.failures = 0;
        entry.nextBeatAt = sentAt + interval;
        entry.safeUntil = sentAt + safe;
        if (lost.includes(entry.message.receiptHandle))
          end(entry, receiptLost('SQS says that the receipt handle is no longer valid'));
      }
    } catch (error) {
      tryAgain(entries, error);
    } finally {
      for (const entry of entries) entry.isBeating = false;
    }
  }

  function tryAgain(entries: readonly Watched[], error: unknown): void {
    if (entries.length === 0) return;
    log.warn('Could not extend the visibility of messages in flight; trying again', {
      messages: entries.length,
      error,
    });
    const maximumMilliseconds = Math.max(RETRY_BASE_MILLISECONDS, interval / 4);
    const pause = { baseMilliseconds: RETRY_BASE_MILLISECONDS, maximumMilliseconds };
    for (const entry of entries) {
      entry.nextBeatAt = clock.now() + backoffMilliseconds(entry.failures, pause);
      entry.failures += 1;
    }
  }

  function endWhatIsOver(): void {
    const now = clock.now();
    for (const entry of watched) {
      if (now >= entry.safeUntil) {
        end(entry, receiptLost('its visibility could not be extended in time'));
      } else if (!entry.isNearLimit && now - entry.message.receivedAtMilliseconds >= HAND_OVER_AFTER_MILLISECONDS) {
        entry.isNearLimit = true;
        entry.onEnd(receiptNearLimit());
      }
    }
  }

  function end(entry: Watched, error: BridgeError): void {
    if (watched.delete(entry)) entry.onEnd(error);
  }
}

function receiptLost(why: string): BridgeError {
  return new BridgeError({
    kind: 'cancelled',
    code: 'receipt-lost',
    message: `The message may be in another worker's hands: ${why}.`,
  });
}

function receiptNearLimit(): BridgeError {
  return new BridgeError({
    kind: 'cancelled',
    code: 'receipt-near-limit',
    message: 'SQS ends a receive after 12 hours; this one is 11 hours old, and its work goes on under a new message.',
  });
}
