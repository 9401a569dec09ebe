// The queues, looked at before any work is done. Part of the composition root.

import type { Log } from '../shared/log.ts';
import type { WorkerConfig } from './config.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from './queue/crashed-too-often.ts';
import type { MessageQueue } from './queue/message-queue.ts';
import { createSqsClient } from './queue/sqs-client.ts';
import { createSqsMessageQueue } from './queue/sqs-message-queue.ts';
import { inspectQueue } from './queue/sqs-queue-checks.ts';
import type { WindowLimits } from './queue/window.ts';
import { BACKFILL_WINDOW, liveWindow } from './window-limits.ts';

export interface ConsumedQueue {
  readonly name: string;
  readonly queue: MessageQueue;
  readonly window: WindowLimits;
  readonly maxReceiveCount: number;
}

export interface Queues {
  readonly backfill: MessageQueue;
  readonly deadLetters: MessageQueue;
  /** A poller each. One queue for both is polled once. */
  readonly consumed: readonly ConsumedQueue[];
  close(): void;
}

type SqsClient = ReturnType<typeof createSqsClient>;

/** @throws BridgeError as `inspectQueue` says: no dead-letter queue, a FIFO queue, no access, an abort, …; nothing stays open then */
export async function connectQueues(
  config: WorkerConfig,
  options: { readonly signal: AbortSignal; readonly log: Log },
): Promise<Queues> {
  const { region, endpoint } = config.sqs;
  const client = createSqsClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  try {
    return await lookAtQueues(client, config, options);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function lookAtQueues(
  client: SqsClient,
  config: WorkerConfig,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<Queues> {
  const { queueUrl, backfillQueueUrl, deadLetterQueueUrl } = config.sqs;
  const given = deadLetterQueueUrl === undefined ? {} : { deadLetterQueueUrl };
  const urls = queueUrl === backfillQueueUrl ? [queueUrl] : [queueUrl, backfillQueueUrl];
  const inspections = await settleAll(urls.map(url => inspectQueue({ client, queueUrl: url, signal, ...given })));
  for (const warning of new Set(inspections.flatMap(inspection => inspection.warnings))) log.warn(warning);
  const queueOf = (url: string) => createSqsMessageQueue({ client, queueUrl: url, log });
  const consumed = (name: string, url: string, window: WindowLimits): ConsumedQueue => ({
    name,
    queue: queueOf(url),
    window,
    maxReceiveCount: inspections[urls.indexOf(url)]?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
  });
  const live = consumed('live', queueUrl, liveWindow(config.tuning.maxConcurrentObjects));
  const backfill = consumed('backfill', backfillQueueUrl, BACKFILL_WINDOW);
  return {
    backfill: backfill.queue,
    deadLetters: queueOf(inspections[0]?.deadLetterQueueUrl ?? ''),
    consumed: queueUrl === backfillQueueUrl ? [live] : [live, backfill],
    close: () => client.destroy(),
  };
}

/** Also in failure nothing is under way when it returns. @throws the first cause */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
