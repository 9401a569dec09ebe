// Cuts messages into batches that SQS takes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html

import { SQS_BATCH_MAX_ENTRIES, SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import type { OutgoingMessage } from './message-queue.ts';

const STRING_TYPE_BYTES = 'String'.length;

/** Bytes as SQS counts them: the body, and of each attribute its name, type and value. */
export function countMessageBytes(message: OutgoingMessage): number {
  let bytes = Buffer.byteLength(message.body);
  for (const [name, value] of Object.entries(message.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + STRING_TYPE_BYTES + Buffer.byteLength(value);
  }
  return bytes;
}

/** In order, at most ten and at most 1 MiB together. A message that is too long by itself travels alone, for SQS to refuse. */
export function batchMessages(messages: readonly OutgoingMessage[]): readonly (readonly OutgoingMessage[])[] {
  const batches: OutgoingMessage[][] = [];
  let batch: OutgoingMessage[] = [];
  let batchBytes = 0;
  for (const message of messages) {
    const bytes = countMessageBytes(message);
    const isFull = batch.length === SQS_BATCH_MAX_ENTRIES || batchBytes + bytes > SQS_MESSAGE_MAX_BYTES;
    if (isFull && batch.length > 0) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(message);
    batchBytes += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

export function inTens<T>(items: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (let start = 0; start < items.length; start += SQS_BATCH_MAX_ENTRIES) {
    groups.push(items.slice(start, start + SQS_BATCH_MAX_ENTRIES));
  }
  return groups;
}
