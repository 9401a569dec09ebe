import { SQS_BATCH_MAX_ENTRIES, SQS_MESSAGE_MAX_BYTES } from '../shared/limits.ts';

/**
 * Cuts message bodies into batches that SQS takes: at most ten, and 1 MiB together. Order is kept, nothing is lost; a body that is too
 * long by itself travels alone, and SQS says so.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 * @param bodies ASCII, so that characters are bytes
 */
export function planBatches(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let batchBytes = 0;
  for (const body of bodies) {
    const isFull = batch.length === SQS_BATCH_MAX_ENTRIES || batchBytes + body.length > SQS_MESSAGE_MAX_BYTES;
    if (batch.length > 0 && isFull) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(body);
    batchBytes += body.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
