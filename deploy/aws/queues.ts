// The three queues, as deploy/policies/aws-queue-attributes.json describes them; encrypted, and closed to whoever does not use TLS.

import { Duration, Stack } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface Queues {
  readonly live: Queue;
  readonly backfill: Queue;
  readonly deadLetters: Queue;
}

/** SQS's longest. */
const RETENTION = Duration.days(14);
const VISIBILITY_TIMEOUT = Duration.seconds(300);
/** A high receive count means crashes: whatever waits on purpose is a new message. */
const MAX_RECEIVES = 10;

export function createQueues(scope: Construct, name: string): Queues {
  const settings = { retentionPeriod: RETENTION, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
  const names = { live: name, backfill: `${name}-backfill` };
  // By name: the queues name the dead-letter queue, and it cannot name them in return but so.
  const sources = Object.entries(names).map(([kind, queueName]) => {
    return Queue.fromQueueArn(
      scope,
      `source-${kind}`,
      Stack.of(scope).formatArn({ service: 'sqs', resource: queueName }),
    );
  });
  const deadLetters = new Queue(scope, 'DeadLetterQueue', {
    ...settings,
    queueName: `${name}-dead-letters`,
    redriveAllowPolicy: { sourceQueues: sources },
  });
  const worked = {
    ...settings,
    visibilityTimeout: VISIBILITY_TIMEOUT,
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVES },
  };
  return {
    live: new Queue(scope, 'LiveQueue', { ...worked, queueName: names.live }),
    backfill: new Queue(scope, 'BackfillQueue', { ...worked, queueName: names.backfill }),
    deadLetters,
  };
}
