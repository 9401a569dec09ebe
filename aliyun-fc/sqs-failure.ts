// Translates what SendMessageBatch throws into a sentence that says what to do. A signature error quotes the request that was signed,
// session token included, so AWS's own text is repeated only where it names nothing but principals and resources, and the error itself
// is not kept as a cause unless it came from the network.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

import { BridgeError, type ErrorKind } from '../shared/bridge-error.ts';

export interface SqsTarget {
  readonly queueUrl: string;
  readonly region: string;
}

interface Translation {
  readonly names: RegExp;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly advice: (target: SqsTarget) => string;
}

const TRANSLATIONS: readonly Translation[] = [
  {
    names: /Throttl|RequestLimitExceeded|SlowDown|OverLimit/i,
    kind: 'retryable',
    code: 'queue-throttled',
    advice: () => 'SQS or the key that encrypts the queue is asked too often. It is tried again later.',
  },
  {
    names: /NonExistentQueue|QueueDoesNotExist|QueueDeletedRecently/,
    kind: 'permanent',
    code: 'queue-missing',
    advice: target =>
      `There is no queue ${target.queueUrl} in ${target.region}. Check the account, the region and the name in QUEUE_URL.`,
  },
  {
    names: /Kms/i,
    kind: 'permanent',
    code: 'queue-key-refused',
    advice: () =>
      "The KMS key that encrypts the queue can't be used. Allow the IAM user of ACCESS_KEY kms:GenerateDataKey and kms:Decrypt on it, and see that it is enabled.",
  },
  {
    names: /AccessDenied|NotAuthorized|OptInRequired/,
    kind: 'permanent',
    code: 'queue-access-denied',
    advice: target =>
      `The IAM user of ACCESS_KEY may not send to ${target.queueUrl}. Allow it sqs:SendMessage on the queue.`,
  },
  {
    names: /ExpiredToken|TokenRefreshRequired/,
    kind: 'permanent',
    code: 'queue-credentials-expired',
    advice: () =>
      'SESSION_TOKEN has expired. Give the function a long-lived key of an IAM user that may do nothing but send to the queue.',
  },
  {
    names:
      /Signature|ClientToken|UnrecognizedClient|InvalidAccessKey|AuthenticationToken|InvalidSecurity|InvalidToken|AuthFailure/,
    kind: 'permanent',
    code: 'queue-credentials',
    advice: target =>
      `AWS does not accept ACCESS_KEY and SECRET_KEY. Check that both are of one active key, of the partition that ${target.region} belongs to, and that ${target.region} is the queue's region.`,
  },
];

const MAX_QUOTED_CHARACTERS = 300;
const SAFE_TO_QUOTE = ['queue-access-denied', 'queue-key-refused', 'queue-refused'];

/** A BridgeError for whatever the SDK threw; one that is a BridgeError already is returned as it is. */
export function sqsFailure(error: unknown, target: SqsTarget): BridgeError {
  if (error instanceof BridgeError) return error;
  const status = statusOf(error);
  if (!(error instanceof Error) || status === undefined) return unreachable(error, target);
  const known = TRANSLATIONS.find(translation => translation.names.test(error.name));
  const { kind, code, advice } = known ?? unexpected(status);
  const quote = SAFE_TO_QUOTE.includes(code) ? `: ${error.message.slice(0, MAX_QUOTED_CHARACTERS)}` : '';
  return new BridgeError({ kind, code, message: `${advice(target)} (SQS answered ${status} ${error.name}${quote})` });
}

function unexpected(status: number): Omit<Translation, 'names'> {
  if (status >= 500 || status < 400) {
    const advice = () => 'SQS failed. It is tried again later.';
    return { kind: 'retryable', code: 'queue-failure', advice };
  }
  return { kind: 'permanent', code: 'queue-refused', advice: target => `SQS refused a batch for ${target.queueUrl}.` };
}

function unreachable(error: unknown, target: SqsTarget): BridgeError {
  const { host } = new URL(target.queueUrl);
  return new BridgeError({
    kind: 'retryable',
    code: 'queue-unreachable',
    message: `No answer of SQS at ${host} (${reason(error)}). Check the host in QUEUE_URL, and that the function has internet access (internetAccess in s.yaml; in a VPC, a NAT gateway).`,
    cause: error,
  });
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The HTTP status that the SDK notes on errors that came as an answer; undefined when there was none. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
