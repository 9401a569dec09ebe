// Looks at a queue once at start, so that what would lose messages or wedge a worker days later is said before any work is done.

import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { BridgeError, cancelledBy, hasCode } from '../../shared/bridge-error.ts';
import { BATCH_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from './crashed-too-often.ts';
import { translateSqsError } from './sqs-errors.ts';
import { parseQueueUrl, siblingQueueUrl } from './sqs-queue-url.ts';

export interface InspectQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** From SQS_DEAD_LETTER_QUEUE_URL; left out: the target of the queue's redrive policy. */
  readonly deadLetterQueueUrl?: string;
  readonly signal?: AbortSignal;
}

export interface QueueInspection {
  readonly deadLetterQueueUrl: string;
  /** Of its redrive policy; where there is none, the usual one. */
  readonly maxReceiveCount: number;
  /** Sentences for a person, each with the command that mends it. Nothing is wrong enough to stop. */
  readonly warnings: readonly string[];
}

/** 14 days, the most: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const MAX_RETENTION_SECONDS = 1_209_600;
const SECONDS_PER_DAY = 86_400;
/** A crash of a worker costs every message in its hands one receive; below three, two restarts exile healthy messages. */
const MIN_RECEIVE_COUNT = 3;

/**
 * @throws BridgeError permanent `no-dead-letter-queue`, `queue-is-fifo`, `queue-url-malformed`, `queue-region`, `dead-letter-queue-is-the-queue`,
 * and whatever reading the attributes throws (`queue-missing`, `queue-access-denied`, `queue-unavailable`, …); cancelled when the signal aborts.
 */
export async function inspectQueue(options: InspectQueueOptions): Promise<QueueInspection> {
  const { client, queueUrl } = options;
  const asker: Asker = { client, signal: options.signal ?? new AbortController().signal };
  await refuseUnfitQueue(client, queueUrl);
  const attributes = await readAttributes(asker, queueUrl);
  const redrive = readRedrivePolicy(attributes.RedrivePolicy);
  const deadLetterQueueUrl =
    options.deadLetterQueueUrl ?? (redrive === undefined ? undefined : await findQueueUrl(asker, queueUrl, redrive));
  if (deadLetterQueueUrl === undefined) throw noDeadLetterQueue(queueUrl);
  if (deadLetterQueueUrl === queueUrl) {
    throw refusal(
      'dead-letter-queue-is-the-queue',
      `The dead-letter queue of ${queueUrl} is that queue itself. Name another in SQS_DEAD_LETTER_QUEUE_URL.`,
    );
  }
  await refuseUnfitQueue(client, deadLetterQueueUrl);
  const deadLetterAttributes = await readAttributes(asker, deadLetterQueueUrl);
  return {
    deadLetterQueueUrl,
    maxReceiveCount: redrive?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    warnings: [
      ...warnOfRetention(queueUrl, attributes),
      ...warnOfRetention(deadLetterQueueUrl, deadLetterAttributes),
      ...warnOfRedrive({ queueUrl, redrive, deadLetterQueueUrl, deadLetterQueueArn: deadLetterAttributes.QueueArn }),
      ...warnOfMessageSize(queueUrl, attributes),
    ],
  };
}

type Attributes = Readonly<Record<string, string>>;

interface Asker {
  readonly client: SQSClient;
  readonly signal: AbortSignal;
}

async function refuseUnfitQueue(client: SQSClient, queueUrl: string): Promise<void> {
  const address = parseQueueUrl(queueUrl);
  if (address === undefined) {
    throw refusal(
      'queue-url-malformed',
      `${JSON.stringify(queueUrl)} is not a queue URL; it looks like https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.`,
    );
  }
  if (address.isFifo) {
    throw refusal(
      'queue-is-fifo',
      `${queueUrl} is a FIFO queue, which blocks a whole group while one of its messages is worked on. Use a standard queue; order does not matter here: aws sqs create-queue --queue-name NAME.`,
    );
  }
  const clientRegion = await client.config.region();
  if (address.region !== undefined && address.region !== clientRegion) {
    throw refusal(
      'queue-region',
      `The queue ${queueUrl} is in ${address.region}, but AWS_REGION is ${clientRegion}. Set AWS_REGION=${address.region} (and S3_REGION to the bucket's, if that is another).`,
    );
  }
}

async function readAttributes({ client, signal }: Asker, queueUrl: string): Promise<Attributes> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  try {
    const answer = await client.send(command, { abortSignal: signal });
    return answer.Attributes ?? {};
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    throw translateSqsError(error, { operation: 'GetQueueAttributes', queueUrl });
  }
}

interface RedrivePolicy {
  readonly targetArn: string;
  readonly maxReceiveCount: number;
}

/** Undefined when there is none. AWS writes `maxReceiveCount` as a number, tools also as a string. */
function readRedrivePolicy(text: string | undefined): RedrivePolicy | undefined {
  if (text === undefined || text === '') return undefined;
  const policy = parseJson(text);
  if (typeof policy !== 'object' || policy === null || !('deadLetterTargetArn' in policy)) return undefined;
  const maxReceiveCount = 'maxReceiveCount' in policy ? Number(policy.maxReceiveCount) : Number.NaN;
  return {
    targetArn: String(policy.deadLetterTargetArn),
    maxReceiveCount: Number.isInteger(maxReceiveCount) ? maxReceiveCount : DEFAULT_MAX_RECEIVE_COUNT,
  };
}

/** A policy that cannot be read names no dead-letter queue. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A redrive target is of the same account and region, so its URL is the queue's with the other name; that it is the very queue, its ARN
 * proves. Where URLs are made in another way, SQS is asked.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
async function findQueueUrl(asker: Asker, queueUrl: string, redrive: RedrivePolicy): Promise<string> {
  const { client, signal } = asker;
  const name = redrive.targetArn.split(':').at(-1) ?? '';
  const sibling = siblingQueueUrl(queueUrl, name);
  try {
    const attributes = await readAttributes(asker, sibling);
    if (attributes.QueueArn === redrive.targetArn) return sibling;
  } catch (error) {
    if (!hasCode(error, 'queue-missing')) throw error;
  }
  const accountId = redrive.targetArn.split(':').at(4) ?? '';
  const command = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: accountId });
  try {
    const answer = await client.send(command, { abortSignal: signal });
    // Only its path: signed requests go to the host that was configured, whatever an answer says.
    return answer.QueueUrl === undefined ? sibling : new URL(new URL(answer.QueueUrl).pathname, queueUrl).href;
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    throw translateSqsError(error, { operation: 'GetQueueUrl', queueUrl: sibling });
  }
}

function warnOfRetention(queueUrl: string, attributes: Attributes): readonly string[] {
  const seconds = Number(attributes.MessageRetentionPeriod ?? MAX_RETENTION_SECONDS);
  if (seconds >= MAX_RETENTION_SECONDS) return [];
  const days = Math.round((seconds / SECONDS_PER_DAY) * 10) / 10;
  return [
    `${queueUrl} keeps messages for ${days} days only, then deletes them silently. Raise it to 14: aws sqs set-queue-attributes --queue-url ${queueUrl} --attributes MessageRetentionPeriod=${MAX_RETENTION_SECONDS}`,
  ];
}

interface RedriveFacts {
  readonly queueUrl: string;
  readonly redrive: RedrivePolicy | undefined;
  readonly deadLetterQueueUrl: string;
  readonly deadLetterQueueArn: string | undefined;
}

function warnOfRedrive(facts: RedriveFacts): readonly string[] {
  const { queueUrl, redrive, deadLetterQueueUrl, deadLetterQueueArn } = facts;
  const command = redriveCommand(queueUrl, deadLetterQueueArn ?? 'ARN_OF_THE_DEAD_LETTER_QUEUE');
  if (redrive === undefined) {
    return [
      `${queueUrl} has no redrive policy, so a message that ends workers before they can move it away comes back for ever. Set one: ${command}`,
    ];
  }
  const warnings: string[] = [];
  if (deadLetterQueueArn !== undefined && deadLetterQueueArn !== redrive.targetArn) {
    warnings.push(
      `${queueUrl} redrives to ${redrive.targetArn}, but SQS_DEAD_LETTER_QUEUE_URL is ${deadLetterQueueUrl}: look for dead letters in both.`,
    );
  }
  if (redrive.maxReceiveCount < MIN_RECEIVE_COUNT) {
    warnings.push(
      `${queueUrl} moves a message away after ${redrive.maxReceiveCount} receives, which a few crashes of workers reach. Raise it to 10: ${redriveCommand(queueUrl, redrive.targetArn)}`,
    );
  }
  return warnings;
}

function warnOfMessageSize(queueUrl: string, attributes: Attributes): readonly string[] {
  const bytes = Number(attributes.MaximumMessageSize ?? BATCH_MESSAGE_MAX_BYTES);
  if (bytes >= BATCH_MESSAGE_MAX_BYTES) return [];
  return [
    `${queueUrl} takes messages of ${bytes} bytes only; those of a backfill have up to ${BATCH_MESSAGE_MAX_BYTES}. Raise it: aws sqs set-queue-attributes --queue-url ${queueUrl} --attributes MaximumMessageSize=1048576`,
  ];
}

function noDeadLetterQueue(queueUrl: string): BridgeError {
  return refusal(
    'no-dead-letter-queue',
    [
      `${queueUrl} has no dead-letter queue, so a message that nobody can handle would be lost or come back for ever. Create one:`,
      `  aws sqs create-queue --queue-name ${parseQueueUrl(queueUrl)?.name ?? 'NAME'}-dlq --attributes MessageRetentionPeriod=${MAX_RETENTION_SECONDS}`,
      `  ${redriveCommand(queueUrl, 'ARN_OF_THE_NEW_QUEUE')}`,
      'or name an existing one in SQS_DEAD_LETTER_QUEUE_URL.',
    ].join('\n'),
  );
}

function redriveCommand(queueUrl: string, targetArn: string): string {
  const policy = JSON.stringify(JSON.stringify({ deadLetterTargetArn: targetArn, maxReceiveCount: '10' }));
  return `aws sqs set-queue-attributes --queue-url ${queueUrl} --attributes '{"RedrivePolicy":${policy}}'`;
}

function refusal(code: string, message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code, message });
}
