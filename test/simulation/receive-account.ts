// Every receive of every message, and why there was more than one: a receive count is a count of crashes only as long as nothing else raises it.
// A receive is explained when the one before it ended in a crash, ended early, was never heard of, or when the worker that had it could not do what it
// wanted at the queue since (a call failed, took long, or was still on its way when the worker ended).

import type { ReceivedMessage } from '../../aws-worker/queue/message-queue.ts';
import type { Process } from './process.ts';

/** Calls of the queue that take longer are an excuse. */
const SLOW_MILLISECONDS = 20_000;

interface Receive {
  readonly process: Process;
  readonly receiptHandle: string;
  readonly at: number;
  /** By the receiver, and soon. */
  isHeard: boolean;
  hasEndedEarly: boolean;
}

interface QueueTrouble {
  pending: number;
  lastAt: number;
}

export class ReceiveAccount {
  readonly #now: () => number;
  /** The latest of each message, by its id. */
  readonly #receives = new Map<string, Receive>();
  readonly #troubles = new Map<Process, QueueTrouble>();
  #explained = 0;
  readonly faults: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Receives after the first that have an explanation, of all messages together. */
  get explained(): number {
    return this.#explained;
  }

  /** What the queue hands out now; its receiver has not heard of it yet. */
  received(messages: readonly ReceivedMessage[], process: Process): void {
    for (const { messageId, receiptHandle, body, receiveCount } of messages) {
      const previous = this.#receives.get(messageId);
      if (previous !== undefined && this.#isExplained(previous)) this.#explained += 1;
      else if (previous !== undefined) {
        this.faults.push(`A receive without a cause, after that of ${previous.process.name}: ${body}`);
      }
      if (receiveCount - 1 > this.#explained) this.faults.push(`Counted as received ${receiveCount} times: ${body}`);
      this.#receives.set(messageId, {
        process,
        receiptHandle,
        at: this.#now(),
        isHeard: false,
        hasEndedEarly: false,
      });
    }
  }

  heard(messages: readonly ReceivedMessage[]): void {
    for (const { messageId, receiptHandle } of messages) {
      const receive = this.#receives.get(messageId);
      // An answer may be so late that others have received the message since.
      if (receive?.receiptHandle === receiptHandle) receive.isHeard = this.#now() - receive.at <= SLOW_MILLISECONDS;
    }
  }

  /** A call of a queue by this worker: whatever it received before may come back when this does not go well. */
  async during<T>(process: Process, call: Promise<T>): Promise<T> {
    const trouble = this.#troubles.get(process) ?? { pending: 0, lastAt: Number.NEGATIVE_INFINITY };
    this.#troubles.set(process, trouble);
    const sentAt = this.#now();
    trouble.pending += 1;
    try {
      const answer = await call;
      if (this.#now() - sentAt > SLOW_MILLISECONDS) trouble.lastAt = this.#now();
      return answer;
    } catch (error) {
      trouble.lastAt = this.#now();
      throw error;
    } finally {
      trouble.pending -= 1;
    }
  }

  endedEarly(messageId: string): void {
    const receive = this.#receives.get(messageId);
    if (receive !== undefined) receive.hasEndedEarly = true;
  }

  #isExplained({ process, at, isHeard, hasEndedEarly }: Receive): boolean {
    const trouble = this.#troubles.get(process);
    const hasTrouble = trouble !== undefined && (trouble.pending > 0 || trouble.lastAt >= at);
    const hasCrashed = process.isDead && !process.hasStopped;
    return !isHeard || hasEndedEarly || hasTrouble || hasCrashed;
  }
}
