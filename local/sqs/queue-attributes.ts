// A queue's settings: defaults, bounds and what may be set.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { type Input, isRecord } from './read-input.ts';
import { SqsError } from './sqs-error.ts';

export const MAX_VISIBILITY_SECONDS = 43_200;
export const MAX_DELAY_SECONDS = 900;
export const MAX_WAIT_SECONDS = 20;
export const MAX_REQUEST_BYTES = 1_048_576;

const DEFAULTS: Readonly<Record<string, string>> = {
  VisibilityTimeout: '30',
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
};

const BOUNDS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  VisibilityTimeout: [0, MAX_VISIBILITY_SECONDS],
  DelaySeconds: [0, MAX_DELAY_SECONDS],
  MaximumMessageSize: [1024, MAX_REQUEST_BYTES],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, MAX_WAIT_SECONDS],
};

const TEXTS = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId', 'SqsManagedSseEnabled'];
const OTHERS = ['KmsDataKeyReusePeriodSeconds'];

/** What is derived, not set. */
export const COMPUTED_ATTRIBUTES = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

const MAX_RECEIVE_COUNT = 1000;

/** The values after a change. An empty text takes the attribute away. Throws `InvalidAttributeName` and `InvalidAttributeValue`. */
export function changeAttributes(
  current: Readonly<Record<string, string>> | undefined,
  changes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = { ...(current ?? DEFAULTS) };
  for (const [name, value] of Object.entries(changes)) {
    if (!isKnownAttribute(name)) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    const bounds = BOUNDS[name];
    if (bounds && !(/^\d+$/.test(value) && Number(value) >= bounds[0] && Number(value) <= bounds[1])) {
      throw invalidValue(name);
    }
    if (value === '' && !bounds) delete values[name];
    else values[name] = value;
  }
  readRedrivePolicy(values);
  for (const name of ['RedriveAllowPolicy', 'Policy']) readDocument(values, name);
  return oneEncryption(values, changes);
}

/** SQS's own and a KMS key's exclude each other; what was asked for last holds. */
function oneEncryption(
  values: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const asksForBoth = (changes.KmsMasterKeyId ?? '') !== '' && changes.SqsManagedSseEnabled === 'true';
  if (asksForBoth) {
    throw new SqsError('InvalidAttributeValue', 'You can use one type of server-side encryption (SSE) at one time.');
  }
  if ((changes.KmsMasterKeyId ?? '') !== '') return { ...values, SqsManagedSseEnabled: 'false' };
  if (changes.SqsManagedSseEnabled !== 'true') return values;
  const { KmsMasterKeyId: _, ...others } = values;
  return others;
}

export function isKnownAttribute(name: string): boolean {
  return Object.hasOwn(BOUNDS, name) || TEXTS.includes(name) || OTHERS.includes(name);
}

/** The queues that a dead-letter queue is there for; undefined: all of the account. */
export function readRedriveAllowPolicy(values: Readonly<Record<string, string>>): readonly string[] | undefined {
  const { redrivePermission, sourceQueueArns = [] } = readDocument(values, 'RedriveAllowPolicy') ?? {};
  if (redrivePermission === 'denyAll') return [];
  return redrivePermission === 'byQueue' && Array.isArray(sourceQueueArns) ? sourceQueueArns : undefined;
}

function readDocument(values: Readonly<Record<string, string>>, name: string): Input | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    if (isRecord(document)) return document;
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw invalidValue(name);
}

export function readRedrivePolicy(values: Readonly<Record<string, string>>): RedrivePolicy | undefined {
  const policy = readDocument(values, 'RedrivePolicy');
  if (policy === undefined) return undefined;
  if (typeof policy.deadLetterTargetArn !== 'string') throw invalidValue('RedrivePolicy');
  const maxReceiveCount = Number(policy.maxReceiveCount ?? 10);
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > MAX_RECEIVE_COUNT) {
    throw invalidValue('RedrivePolicy');
  }
  return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount };
}

function invalidValue(name: string): SqsError {
  return new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}
