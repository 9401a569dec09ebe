// A message that a worker of any version settles without doing anything: an ordinary object message about a key that does not exist. The worker
// looks for the object in OSS, finds none, and deletes the message. So it may be sent to a queue that is at work; no kind of message of its own
// is needed, which older workers would put among the dead letters.
// On a queue that was empty it is received here again, and deleted, unless a worker was faster. On one that was not, it is left to the workers:
// every receive of somebody else's message counts towards the dead-letter queue.

import { randomUUID } from 'node:crypto';
import { formatMessage } from '../../shared/messages/format-message.ts';
import {
  deleteFromQueue,
  giveBack,
  type QueueAttributes,
  readQueueAttributes,
  receiveOne,
  type SqsQueue,
  sendToQueue,
} from './sqs-calls.ts';

/**
 * - `returned`: received here and deleted.
 * - `taken`: it is no longer there, so a worker has it, or had it.
 * - `waiting`: others wait before it; it was not looked for.
 * - `unseen`: SQS took it and says that something waits, but it did not come.
 */
export type ProbeEnd = 'returned' | 'taken' | 'waiting' | 'unseen';

export interface ProbeWatch {
  /** Where the probe's message will be found. */
  readonly isProbe: (body: string) => boolean;
  readonly signal: AbortSignal;
  readonly arrivalSeconds: number;
}

/** For a stop, or a failure: what was sent is looked for once more. */
const CLEANUP_MILLISECONDS = 5_000;

export function probeKey(prefix: string, suffix = ''): string {
  return `${prefix}.oss-s3-bridge-probe-${randomUUID()}${suffix}`;
}

/** Sends one and sees where it ends. @throws BridgeError as the calls do; what was sent is looked for even then */
export async function sendProbe(
  queue: SqsQueue,
  options: { readonly prefix: string; readonly signal: AbortSignal; readonly arrivalSeconds: number },
): Promise<ProbeEnd> {
  const { signal, arrivalSeconds } = options;
  const body = formatMessage({ key: probeKey(options.prefix), size: 0 });
  return await watchProbe(queue, () => sendToQueue(queue, body, signal), {
    isProbe: seen => seen === body,
    signal,
    arrivalSeconds,
  });
}

/** `send` puts the probe's message into the queue, or makes somebody do so. */
export async function watchProbe(queue: SqsQueue, send: () => Promise<void>, watch: ProbeWatch): Promise<ProbeEnd> {
  const isIdle = !hasMessages(await readQueueAttributes(queue, watch.signal));
  let end: ProbeEnd | undefined;
  try {
    await send();
    end = isIdle ? await waitFor(queue, watch) : 'waiting';
    return end;
  } finally {
    if (end === undefined && isIdle) await removeOnce(queue, watch);
  }
}

function hasMessages(attributes: QueueAttributes): boolean {
  return ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'].some(
    name => Number(attributes[name] ?? 0) > 0,
  );
}

async function waitFor(queue: SqsQueue, watch: ProbeWatch): Promise<ProbeEnd> {
  const until = performance.now() + watch.arrivalSeconds * 1000;
  do {
    if (await takeProbe(queue, watch.isProbe, watch.signal)) return 'returned';
  } while (performance.now() < until);
  return hasMessages(await readQueueAttributes(queue, watch.signal)) ? 'unseen' : 'taken';
}

/** One receive. What is not the probe is given back at once. */
async function takeProbe(queue: SqsQueue, isProbe: ProbeWatch['isProbe'], signal: AbortSignal): Promise<boolean> {
  const seen = await receiveOne(queue, signal);
  if (seen === undefined) return false;
  if (!isProbe(seen.body)) {
    await giveBack(queue, seen.receiptHandle, signal);
    return false;
  }
  await deleteFromQueue(queue, seen.receiptHandle, signal);
  return true;
}

async function removeOnce(queue: SqsQueue, { isProbe }: ProbeWatch): Promise<void> {
  try {
    await takeProbe(queue, isProbe, AbortSignal.timeout(CLEANUP_MILLISECONDS));
  } catch {
    // What remains is a message that does nothing; why we are here matters more.
  }
}
