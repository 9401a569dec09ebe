// The few calls to SQS that only a doctor makes. Nothing of it can disturb a queue that a worker is at work on.

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type SqsOperation, translateSqsError } from '../../aws-worker/queue/sqs-errors.ts';
import { cancelledBy, hasCode } from '../../shared/bridge-error.ts';

export interface SqsQueue {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

export type QueueAttributes = Readonly<Record<string, string>>;

export interface SeenMessage {
  readonly body: string;
  readonly receiptHandle: string;
}

/** @throws BridgeError as the translated error says; cancelled */
async function call<T>(
  { queueUrl }: SqsQueue,
  operation: SqsOperation,
  signal: AbortSignal,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw cancelledBy(signal);
  try {
    return await send({ abortSignal: signal });
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    throw translateSqsError(error, { operation, queueUrl });
  }
}

export async function readQueueAttributes(queue: SqsQueue, signal: AbortSignal): Promise<QueueAttributes> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queue.queueUrl, AttributeNames: ['All'] });
  const answer = await call(queue, 'GetQueueAttributes', signal, options => queue.client.send(command, options));
  return answer.Attributes ?? {};
}

export async function sendToQueue(queue: SqsQueue, body: string, signal: AbortSignal): Promise<void> {
  const command = new SendMessageCommand({ QueueUrl: queue.queueUrl, MessageBody: body });
  await call(queue, 'SendMessage', signal, options => queue.client.send(command, options));
}

/** One message at most, hidden for a short while, in which it is deleted or given back. */
export async function receiveOne(queue: SqsQueue, signal: AbortSignal): Promise<SeenMessage | undefined> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queue.queueUrl,
    MaxNumberOfMessages: 1,
    WaitTimeSeconds: 1,
    VisibilityTimeout: 20,
  });
  const answer = await call(queue, 'ReceiveMessage', signal, options => queue.client.send(command, options));
  const [{ Body: body = '', ReceiptHandle: receiptHandle } = {}] = answer.Messages ?? [];
  return receiptHandle === undefined ? undefined : { body, receiptHandle };
}

export async function deleteFromQueue(queue: SqsQueue, ReceiptHandle: string, signal: AbortSignal): Promise<void> {
  const command = new DeleteMessageCommand({ QueueUrl: queue.queueUrl, ReceiptHandle });
  await call(queue, 'DeleteMessage', signal, options => queue.client.send(command, options));
}

export async function giveBack(queue: SqsQueue, ReceiptHandle: string, signal: AbortSignal): Promise<void> {
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: queue.queueUrl,
    ReceiptHandle,
    VisibilityTimeout: 0,
  });
  await call(queue, 'ChangeMessageVisibility', signal, options => queue.client.send(command, options));
}

const NO_HANDLE = 'oss-s3-bridge-doctor-no-such-receipt';

/**
 * Requests that SQS can only refuse: a receipt handle that is none, a number out of range. Who may not make them is told AccessDenied instead, so
 * that nothing has to be sent, received or deleted to know.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html#API_DeleteMessage_Errors
 */
const IMPOSSIBLE = {
  SendMessage: ({ client, queueUrl: QueueUrl }: SqsQueue, options: { readonly abortSignal: AbortSignal }) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', DelaySeconds: 901 }), options),
  ReceiveMessage: ({ client, queueUrl: QueueUrl }: SqsQueue, options: { readonly abortSignal: AbortSignal }) =>
    client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11, WaitTimeSeconds: 0 }), options),
  DeleteMessage: ({ client, queueUrl: QueueUrl }: SqsQueue, options: { readonly abortSignal: AbortSignal }) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: NO_HANDLE }), options),
  ChangeMessageVisibility: ({ client, queueUrl: QueueUrl }: SqsQueue, options: { readonly abortSignal: AbortSignal }) =>
    client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: NO_HANDLE, VisibilityTimeout: 0 }),
      options,
    ),
};

export type QueueAction = keyof typeof IMPOSSIBLE;

/** @throws BridgeError permanent `queue-access-denied`; what else says that the queue cannot be used. Nothing happens to the queue. */
export async function refuseDenied(queue: SqsQueue, action: QueueAction, signal: AbortSignal): Promise<void> {
  try {
    await call<unknown>(queue, action, signal, options => IMPOSSIBLE[action](queue, options));
  } catch (error) {
    if (!hasCode(error, 'queue-refused')) throw error;
  }
}
