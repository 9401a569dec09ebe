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
      const lost = await submitAll(inTens(receiptHandles), 'ChangeMessageVisibilityBatch', async handles => {
        const Entries = handles.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: visibilityTimeoutSeconds,
        }));
        return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), TIMEOUT);
      });
      return { lost };
    },

    async delete(receiptHandles) {
      const lost = await submitAll(inTens(receiptHandles), 'DeleteMessageBatch', async handles => {
        const Entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
        return client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), TIMEOUT);
      });
      return { lost };
    },

    async send(messages) {
      await submitAll(batchMessages(messages), 'SendMessageBatch', async batch =>
        client.send(new SendMessageBatchCommand({ QueueUrl, Entries: batch.map(toEntry) }), TIMEOUT),
      );
    },
  };

  /** All batches, some at a time; every one is tried to its end before the first error is thrown. Returns the lost items. */
  async function submitAll<T>(
    batches: readonly (readonly T[])[],
    operation: SqsOperation,
    submit: Submit<T>,
  ): Promise<readonly T[]> {
    const lost: T[] = [];
    const errors: unknown[] = [];
    for (let start = 0; start < batches.length; start += CONCURRENT_BATCHES) {
      const group = batches.slice(start, start + CONCURRENT_BATCHES);
      for (const result of await Promise.allSettled(group.map(batch => submitBatch(batch, operation, submit)))) {
        if (result.status === 'fulfilled') lost.push(...result.value);
        else errors.push(result.reason);
      }
    }
    if (errors.length > 0) throw errors[0];
    return lost;
  }

  async function submitBatch<T>(
    batch: readonly T[],
    operation: SqsOperation,
    submit: Submit<T>,
  ): Promise<readonly T[]> {
    const lost: T[] = [];
    let refusal: BridgeError | undefined;
    let remaining = batch;
    for (let attempt = 0; ; attempt += 1) {
      const result = await trySubmit(remaining, operation, submit);
      lost.push(...result.lost);
      refusal ??= result.refusal;
      remaining = result.again;
      if (remaining.length === 0) break;
      if (attempt + 1 >= retry.attempts) throw refusal ?? result.error;
      log.debug('SQS did not take everything; it is sent again', {
        operation,
        entries: remaining.length,
        error: result.error,
      });
      await wait(backoffMilliseconds(attempt, retry, result.error), NEVER_ABORTED);
    }
    if (refusal !== undefined) throw refusal;
    return lost;
  }

  async function trySubmit<T>(items: readonly T[], operation: SqsOperation, submit: Submit<T>): Promise<Attempt<T>> {
    const context = { operation, queueUrl: QueueUrl };
    try {
      const answer = await submit(items);
      return sortAnswer(items, answer, entry => translateFailedEntry(entry, context));
    } catch (cause) {
      const error = translateSqsError(cause, context);
      if (!isKind(error, 'retryable')) throw error;
      return { lost: [], again: items, error, refusal: undefined };
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

interface Attempt<T> {
  readonly lost: readonly T[];
  readonly again: readonly T[];
  /** Why they are to be sent again. */
  readonly error: BridgeError | undefined;
  /** Why one of them never will be accepted; the others still are sent. */
  readonly refusal: BridgeError | undefined;
}

/** Only what the answer names as successful is done; an item that it does not mention at all is sent again. */
function sortAnswer<T>(
  items: readonly T[],
  answer: BatchAnswer,
  translate: (entry: BatchResultErrorEntry) => 'lost' | BridgeError,
): Attempt<T> {
  const succeeded = new Set(answer.Successful?.map(entry => entry.Id));
  const failures = new Map(answer.Failed?.map(entry => [entry.Id, translate(entry)]));
  const lost: T[] = [];
  const again: T[] = [];
  let error: BridgeError | undefined;
  let refusal: BridgeError | undefined;
  for (const [index, item] of items.entries()) {
    if (succeeded.has(String(index))) continue;
    const failure = failures.get(String(index)) ?? UNMENTIONED;
    if (failure === 'lost') lost.push(item);
    else if (failure.kind === 'retryable') {
      again.push(item);
      error ??= failure;
    } else refusal ??= failure;
  }
  return { lost, again, error, refusal };
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
