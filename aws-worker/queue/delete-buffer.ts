// Collects deletes into requests of ten. A delete that fails in the end is no harm but work done again: the message comes back, and
// whoever receives it finds everything in place.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import { SQS_BATCH_MAX_ENTRIES } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import type { MessageQueue } from './message-queue.ts';

export interface DeleteBufferOptions {
  readonly queue: MessageQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly flushMilliseconds?: number;
}

export type DeleteResult = 'deleted' | 'lost' | 'failed';

export interface DeleteBuffer {
  /** Resolves once it is known what became of it, about 100 ms later or sooner. Never rejects. */
  delete(receiptHandle: string): Promise<DeleteResult>;
}

interface Waiting {
  readonly receiptHandle: string;
  readonly resolve: (result: DeleteResult) => void;
}

const FLUSH_MILLISECONDS = 100;
const ROUNDS = 4;
const BACKOFF = { baseMilliseconds: 1_000, maximumMilliseconds: 8_000 };

export function createDeleteBuffer(options: DeleteBufferOptions): DeleteBuffer {
  const { queue, clock, log } = options;
  let collected: Waiting[] = [];
  let timer = new AbortController();

  return {
    delete(receiptHandle) {
      const result = new Promise<DeleteResult>(resolve => collected.push({ receiptHandle, resolve }));
      if (collected.length >= SQS_BATCH_MAX_ENTRIES) sendCollected();
      else if (collected.length === 1) void flushLater(); // Never rejects.
      return result;
    },
  };

  async function flushLater(): Promise<void> {
    timer = new AbortController();
    const { signal } = timer;
    // An abort means that they were sent already.
    await clock.wait(options.flushMilliseconds ?? FLUSH_MILLISECONDS, signal).catch(() => undefined);
    if (!signal.aborted) sendCollected();
  }

  function sendCollected(): void {
    timer.abort();
    if (collected.length === 0) return;
    void deleteNow(collected); // Never rejects; each waiter is told.
    collected = [];
  }

  async function deleteNow(batch: readonly Waiting[]): Promise<void> {
    const lost = await deleteWithRetries(batch.map(waiting => waiting.receiptHandle));
    for (const { receiptHandle, resolve } of batch) {
      if (lost === undefined) resolve('failed');
      else resolve(lost.includes(receiptHandle) ? 'lost' : 'deleted');
    }
  }

  /** Undefined when it failed in the end. */
  async function deleteWithRetries(receiptHandles: readonly string[]): Promise<readonly string[] | undefined> {
    for (let round = 0; ; round += 1) {
      try {
        return (await queue.delete(receiptHandles)).lost;
      } catch (error) {
        if (round + 1 >= ROUNDS || !isKind(error, 'retryable')) {
          log.warn('Could not delete finished messages; they come back and are found done', {
            messages: receiptHandles.length,
            error,
          });
          return undefined;
        }
        await clock.wait(backoffMilliseconds(round, BACKOFF, error), NEVER_ABORTED);
      }
    }
  }
}

/** The rounds bound the wait. */
const NEVER_ABORTED = new AbortController().signal;
