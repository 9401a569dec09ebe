// Receivers that wait for a message. They are served in their order as soon as one is ready, and one that goes away is forgotten before any
// message is taken for it.

import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import { SqsError } from './sqs-error.ts';

interface Waiter {
  readonly receive: () => Message[];
  readonly finish: (messages: Message[]) => void;
}

export interface WaitOptions {
  /** Takes what is ready; returns nothing when there is nothing. */
  readonly receive: () => Message[];
  readonly waitMilliseconds: number;
  /** Aborted when the client goes away: the answer is then empty and nothing is taken. */
  readonly signal: AbortSignal;
}

export class LongPolls {
  readonly #maxTimerMilliseconds: number;
  readonly #now: () => number;
  readonly #waiters = new Map<Queue, Set<Waiter>>();
  readonly #timers = new Map<Queue, NodeJS.Timeout>();
  readonly #notified = new Set<Queue>();

  /** `maxTimerMilliseconds`: how late a delay or a timeout may be noticed when `now` jumps. */
  constructor(options: { now: () => number; maxTimerMilliseconds: number }) {
    this.#now = options.now;
    this.#maxTimerMilliseconds = options.maxTimerMilliseconds;
  }

  async wait(queue: Queue, { receive, waitMilliseconds, signal }: WaitOptions): Promise<Message[]> {
    if (signal.aborted) return [];
    // Those that wait already come first.
    const messages = this.#waiters.has(queue) && waitMilliseconds > 0 ? [] : takeNow(receive, waitMilliseconds > 0);
    if (messages.length > 0 || waitMilliseconds === 0) return messages;
    return new Promise(resolve => {
      const finish = (result: Message[]) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.#remove(queue, waiter);
        resolve(result);
      };
      const leave = () => finish([]);
      const waiter: Waiter = { receive, finish };
      const timer = setTimeout(leave, waitMilliseconds);
      signal.addEventListener('abort', leave);
      this.#waiters.set(queue, (this.#waiters.get(queue) ?? new Set()).add(waiter));
      this.notify(queue);
    });
  }

  /** A message may have become ready. Served a little later, so that a batch that arrives together is received together. */
  readonly notify = (queue: Queue): void => {
    if (!this.#waiters.has(queue) || this.#notified.has(queue)) return;
    this.#notified.add(queue);
    queueMicrotask(() => {
      this.#notified.delete(queue);
      this.#serve(queue);
    });
  };

  /** Answers everybody who waits, with nothing. */
  close(): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.finish([]);
  }

  #serve(queue: Queue): void {
    for (const waiter of [...(this.#waiters.get(queue) ?? [])]) {
      const messages = takeNow(waiter.receive, true);
      if (messages.length === 0) break;
      waiter.finish(messages);
    }
    this.#schedule(queue);
  }

  /** Wakes up when the next delay or visibility timeout runs out. */
  #schedule(queue: Queue): void {
    clearTimeout(this.#timers.get(queue));
    this.#timers.delete(queue);
    if (!this.#waiters.has(queue) || queue.nextReadyAt === undefined) return;
    const wait = Math.min(Math.max(queue.nextReadyAt - this.#now(), 1), this.#maxTimerMilliseconds);
    this.#timers.set(
      queue,
      setTimeout(() => this.#serve(queue), wait),
    );
  }

  #remove(queue: Queue, waiter: Waiter): void {
    const waiters = this.#waiters.get(queue);
    waiters?.delete(waiter);
    if (waiters?.size !== 0) return;
    this.#waiters.delete(queue);
    clearTimeout(this.#timers.get(queue));
    this.#timers.delete(queue);
  }
}

/** Too many in flight is an error for a short poll only; a long one goes on waiting. */
function takeNow(receive: () => Message[], isLong: boolean): Message[] {
  try {
    return receive();
  } catch (error) {
    if (isLong && error instanceof SqsError && error.code === 'OverLimit') return [];
    throw error;
  }
}
