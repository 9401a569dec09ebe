// The MessageQueue port over Amazon SQS. Batches of ten; a batch that is answered with 200 may still hold failed entries, and those are
// sent again by themselves: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
// A request whose answer was lost is repeated too, so a send may arrive twice; messages are hints, for which that is harmless.

import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type BackoffOptions, backoffMilliseconds, wait } from '../../shared/backoff.ts';
import { BridgeError, cancelledBy, isKind } from '../../shared/bridge-error.ts';
import { SQS_BATCH_MAX_ENTRIES, SQS_MAX_DELAY_SECONDS } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import { batchMessages, inTens } from './message-batches.ts';
import { HISTORY_ATTRIBUTE_NAMES, readHistory } from './message-history.ts';
import type { MessageQueue, OutgoingMessage, ReceivedMessage } from './message-queue.ts';
import { type SqsOperation, translateFailedEntry, translateSqsError } from './sqs-errors.ts';

export interface SqsMessageQueueOptions {
  /** Of createSqsClient: it makes request timeouts errors. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly log: Log;
  /** Tries of one batch, and the waits between them; the defaults bridge a few seconds. Receives are tried once. */
  readonly retry?: BackoffOptions & { readonly attempts: number };
}

const DEFAULT_RETRY = { attempts: 5, baseMilliseconds: 200, maximumMilliseconds: 5_000 };
const REQUEST_TIMEOUT_MILLISECONDS = 10_000;
const TIMEOUT = { requestTimeout: REQUEST_TIMEOUT_MILLISECONDS };
const CONCURRENT_BATCHES = 8;

export function createSqsMessageQueue(options: SqsMessageQueueOptions): MessageQueue {
  const { client, queueUrl: QueueUrl, log } = options;
  const retry = options.retry ?? DEFAULT_RETRY;

  return {
    async receive({ maxMessages, waitSeconds, visibilityTimeoutSeconds, signal }) {
      if (signal.aborted) throw cancelledBy(signal);
      const receivedAtMilliseconds = performance.now();
      const requestTimeout = waitSeconds * 1000 + REQUEST_TIMEOUT_MILLISECONDS;
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(maxMessages, SQS_BATCH_MAX_ENTRIES),
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilityTimeoutSeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        MessageAttributeNames: HISTORY_ATTRIBUTE_NAMES,
      });
      try {
        const answer = await client.send(command, { abortSignal: signal, requestTimeout });
        return (answer.Messages ?? []).flatMap(message => readMessage(message, receivedAtMilliseconds));
      } catch (error) {
        if (signal.aborted) throw cancelledBy(signal);
        throw translateSqsError(error, { operation: 'ReceiveMessage', queueUrl: QueueUrl });
      }
    },

    async changeVisibility(receiptHandles, visibilityTimeoutSeconds) {
      const outcome = await submitAll(inTens(receiptHandles), 'ChangeMessageVisibilityBatch', async handles => {
        const Entries = handles.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: visibilityTimeoutSeconds,
        }));
        return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), TIMEOUT);
      });
      if (outcome.failed.size === receiptHandles.length) throwFailure(outcome);
      return outcome;
    },

    async delete(receiptHandles) {
      const outcome = await submitAll(inTens(receiptHandles), 'DeleteMessageBatch', async handles => {
        const Entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
        return client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), TIMEOUT);
      });
      throwFailure(outcome);
      return { lost: outcome.lost };
    },

    async send(messages) {
      const outcome = await submitAll(batchMessages(messages), 'SendMessageBatch', async batch =>
        client.send(new SendMessageBatchCommand({ QueueUrl, Entries: batch.map(toEntry) }), TIMEOUT),
      );
      throwFailure(outcome);
    },
  };

  /** All batches, some at a time; every one is tried to its end, whatever became of the others. */
  async function submitAll<T>(
    batches: readonly (readonly T[])[],
    operation: SqsOperation,
    submit: Submit<T>,
  ): Promise<Outcome<T>> {
    const lost: T[] = [];
    const failed = new Map<T, BridgeError>();
    for (let start = 0; start < batches.length; start += CONCURRENT_BATCHES) {
      const group = batches.slice(start, start + CONCURRENT_BATCHES);
      for (const outcome of await Promise.all(group.map(batch => submitBatch(batch, operation, submit)))) {
        lost.push(...outcome.lost);
        for (const [item, error] of outcome.failed) failed.set(item, error);
      }
    }
    return { lost, failed };
  }

  async function submitBatch<T>(batch: readonly T[], operation: SqsOperation, submit: Submit<T>): Promise<Outcome<T>> {
    const lost: T[] = [];
    const failed = new Map<T, BridgeError>();
    let remaining = batch;
    for (let attempt = 1; ; attempt += 1) {
      const result = await trySubmit(remaining, operation, submit);
      lost.push(...result.lost);
      const isLast = attempt >= retry.attempts;
      const again = [...result.failed].filter(([, error]) => !isLast && isKind(error, 'retryable'));
      remaining = again.map(([item]) => item);
      for (const [item, error] of result.failed) if (!remaining.includes(item)) failed.set(item, error);
      const error = again[0]?.[1];
      if (error === undefined) return { lost, failed };
      log.debug('SQS did not take everything; it is sent again', { operation, entries: remaining.length, error });
      await wait(backoffMilliseconds(attempt - 1, retry, error), NEVER_ABORTED);
    }
  }

  async function trySubmit<T>(items: readonly T[], operation: SqsOperation, submit: Submit<T>): Promise<Outcome<T>> {
    const context = { operation, queueUrl: QueueUrl };
    try {
      const answer = await submit(items);
      return sortAnswer(items, answer, entry => translateFailedEntry(entry, context));
    } catch (cause) {
      const error = translateSqsError(cause, context);
      return { lost: [], failed: new Map(items.map(item => [item, error])) };
    }
  }
}

/** Waits between tries are short and bounded by the number of tries; none needs to be cut. */
const NEVER_ABORTED = new AbortController().signal;

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

type Submit<T> = (items: readonly T[]) => Promise<BatchAnswer>;

interface Outcome<T> {
  readonly lost: readonly T[];
  /** Each with its own error; the others succeeded. */
  readonly failed: ReadonlyMap<T, BridgeError>;
}

/** What never will be accepted before what could not be sent now. */
function throwFailure({ failed }: Outcome<unknown>): void {
  const errors = [...failed.values()];
  const first = errors.find(error => !isKind(error, 'retryable')) ?? errors[0];
  if (first !== undefined) throw first;
}

/** Only what the answer names as successful is done; so an item that it does not mention at all has failed. */
function sortAnswer<T>(
  items: readonly T[],
  answer: BatchAnswer,
  translate: (entry: BatchResultErrorEntry) => 'lost' | BridgeError,
): Outcome<T> {
  const succeeded = new Set(answer.Successful?.map(entry => entry.Id));
  const failures = new Map(answer.Failed?.map(entry => [entry.Id, translate(entry)]));
  const lost: T[] = [];
  const failed = new Map<T, BridgeError>();
  for (const [index, item] of items.entries()) {
    if (succeeded.has(String(index))) continue;
    const failure = failures.get(String(index)) ?? UNMENTIONED;
    if (failure === 'lost') lost.push(item);
    else failed.set(item, failure);
  }
  return { lost, failed };
}

const UNMENTIONED = new BridgeError({
  kind: 'retryable',
  code: 'queue-unavailable',
  message: 'SQS answered a batch without saying what became of one of its entries.',
});

function toEntry(message: OutgoingMessage, index: number): SendMessageBatchRequestEntry {
  const attributes = Object.entries(message.attributes ?? {});
  return {
    Id: String(index),
    MessageBody: message.body,
    ...(message.delaySeconds === undefined ? {} : { DelaySeconds: wholeDelaySeconds(message.delaySeconds) }),
    ...(attributes.length === 0
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            attributes.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
          ),
        }),
  };
}

function wholeDelaySeconds(seconds: number): number {
  return Math.max(0, Math.min(SQS_MAX_DELAY_SECONDS, Math.ceil(seconds)));
}

interface WireMessage {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  readonly Attributes?: Readonly<Record<string, string>> | undefined;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string | undefined }>> | undefined;
}

/** Every message of SQS has an id and a handle; one without could be neither worked on nor deleted, and comes again. */
function readMessage(message: WireMessage, receivedAtMilliseconds: number): readonly ReceivedMessage[] {
  const { MessageId: messageId, ReceiptHandle: receiptHandle, Body: body } = message;
  if (messageId === undefined || receiptHandle === undefined) return [];
  const { crashes, handOvers } = readHistory(name => message.MessageAttributes?.[name]?.StringValue);
  const receiveCount = crashes + Number(message.Attributes?.ApproximateReceiveCount ?? '1');
  return [{ messageId, receiptHandle, body: body ?? '', receiveCount, handOvers, receivedAtMilliseconds }];
}
