// The queues.

import type { EnvironmentReader } from '../../shared/environment.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import { HEARTBEATS_PER_TIMEOUT } from '../queue/consumer.ts';

/**
 * A worker that dies just before its next heartbeat leaves its messages hidden for two thirds of it. Whoever receives them then must not meet a write
 * of that worker that is still on its way: it would land on what was looked at, and found equal, before. The simulation found one with 180.
 */
const MIN_VISIBILITY_SECONDS = Math.ceil(REQUEST_SETTLED_SECONDS / (1 - 1 / HEARTBEATS_PER_TIMEOUT));

export interface SqsConfig {
  readonly region: string;
  /** Where all requests go, whatever the host in a queue's URL: a VPC endpoint, a local server. */
  readonly endpoint: string | undefined;
  readonly queueUrl: string;
  readonly backfillQueueUrl: string;
  readonly deadLetterQueueUrl: string | undefined;
  readonly visibilityTimeoutSeconds: number;
}

export function readSqsConfig(read: EnvironmentReader): SqsConfig {
  const region = read.required(
    'AWS_REGION',
    'the AWS region of the queue (and of the S3 bucket, unless S3_REGION says otherwise)',
  );
  read.required('SQS_QUEUE_URL', 'the URL of the queue that the Function Compute handler sends to');
  const queueUrl = read.url('SQS_QUEUE_URL')?.href ?? '';
  return {
    region,
    endpoint: read.url('AWS_ENDPOINT_URL_SQS')?.href,
    queueUrl,
    backfillQueueUrl: read.url('SQS_BACKFILL_QUEUE_URL')?.href ?? queueUrl,
    deadLetterQueueUrl: read.url('SQS_DEAD_LETTER_QUEUE_URL')?.href,
    visibilityTimeoutSeconds: read.integer('SQS_VISIBILITY_TIMEOUT_SECONDS', {
      minimum: MIN_VISIBILITY_SECONDS,
      maximum: 3600,
      fallback: 300,
      reason:
        'Below it, others receive the messages of a worker that died while a write of its may still be on the way, and an old version may win.',
    }),
  };
}
