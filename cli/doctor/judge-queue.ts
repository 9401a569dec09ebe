// What a queue's attributes say beyond what the worker itself refuses or warns of at its start (aws-worker/queue/sqs-queue-checks.ts).
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

export interface QueueJudgement {
  /** Sentences, each with what mends it. */
  readonly warnings: readonly string[];
  /** Half a sentence about what is good to know. */
  readonly summary: string;
}

type Attributes = Readonly<Record<string, string>>;

const MAX_RETENTION_SECONDS = 1_209_600;
const SECONDS_PER_DAY = 86_400;
/** A message that crashes a worker so often is nobody's to try any more. */
const MAX_SANE_RECEIVES = 100;

export function judgeQueue(queueUrl: string, attributes: Attributes): QueueJudgement {
  const set = (name: string, value: string) =>
    `aws sqs set-queue-attributes --queue-url ${queueUrl} --attributes ${name}=${value}`;
  const delaySeconds = Number(attributes.DelaySeconds ?? 0);
  const receives = receivesOf(attributes.RedrivePolicy);
  const warnings = [
    delaySeconds > 0
      ? `Each message waits ${delaySeconds} s before anybody can receive it: ${set('DelaySeconds', '0')}`
      : undefined,
    receives !== undefined && receives > MAX_SANE_RECEIVES
      ? `A message that crashes workers comes back ${receives} times before it goes to the dead-letter queue; 10 are enough (maxReceiveCount).`
      : undefined,
    encryptionOf(attributes) === undefined
      ? `Messages lie unencrypted, and keys of objects are in them: ${set('SqsManagedSseEnabled', 'true')}`
      : undefined,
    isPublic(attributes.Policy)
      ? 'Its queue policy lets anybody do something (Principal "*" without a condition). Name the function\'s user instead.'
      : undefined,
  ];
  const days = Math.round((Number(attributes.MessageRetentionPeriod ?? MAX_RETENTION_SECONDS) / SECONDS_PER_DAY) * 10);
  const parts = [
    `keeps messages ${days / 10} days`,
    // The worker sets its own with each receive.
    `visibility ${attributes.VisibilityTimeout ?? 30} s`,
    receives === undefined ? undefined : `dead letters after ${receives} receives`,
    encryptionOf(attributes),
  ];
  return {
    warnings: warnings.filter(warning => warning !== undefined),
    summary: parts.filter(part => part !== undefined).join(', '),
  };
}

function encryptionOf(attributes: Attributes): string | undefined {
  if (attributes.KmsMasterKeyId !== undefined && attributes.KmsMasterKeyId !== '') return 'SSE-KMS';
  // A server that does not say is no AWS.
  return attributes.SqsManagedSseEnabled === 'false' ? undefined : 'SSE-SQS';
}

function receivesOf(redrivePolicy: string | undefined): number | undefined {
  const receives = Number(field(parse(redrivePolicy), 'maxReceiveCount'));
  return Number.isNaN(receives) ? undefined : receives;
}

function isPublic(policy: string | undefined): boolean {
  const statements = field(parse(policy), 'Statement');
  const list = Array.isArray(statements) ? statements : [statements];
  return list.some(statement => {
    const principal = field(statement, 'Principal');
    const isAnybody = principal === '*' || [field(principal, 'AWS')].flat().includes('*');
    return isAnybody && field(statement, 'Effect') === 'Allow' && field(statement, 'Condition') === undefined;
  });
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined; // What is no JSON says nothing.
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
