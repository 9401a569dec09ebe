// What each failure of SQS means: whether trying again can help, and what a person is to do. The first rule that fits counts.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

import type { ErrorKind } from '../../shared/bridge-error.ts';

/** What is known of a failure, whether it was thrown or is an entry of a batch's answer. */
export interface SqsFailure {
  readonly name: string;
  readonly text: string;
  readonly status: number | undefined;
}

export interface SqsErrorRule {
  readonly names?: readonly string[];
  readonly namePattern?: RegExp;
  readonly text?: RegExp;
  readonly statuses?: readonly number[];
  readonly kind: ErrorKind;
  readonly code: string;
  readonly advice: string;
}

/** The first that fits. A rule's conditions must all hold. `{action}` and `{queue}` are filled in. */
export const SQS_ERROR_RULES: readonly SqsErrorRule[] = [
  {
    names: [
      'CredentialsProviderError',
      'TokenProviderError',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
    ],
    kind: 'permanent',
    code: 'queue-credentials',
    advice:
      'No AWS credentials were found or they could not be loaded. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine or task a role.',
  },
  {
    text: /scoped to a valid region/i,
    kind: 'permanent',
    code: 'queue-region',
    advice:
      'The request was signed for another region than the queue is in. Set AWS_REGION to the region in the queue URL, {queue}.',
  },
  {
    names: ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'],
    kind: 'retryable',
    code: 'queue-clock-skew',
    advice:
      'The clock of this machine differs from that of AWS by minutes; it is corrected for. Set the clock (NTP) if this stays.',
  },
  {
    text: /signature (?:expired|not yet current)/i,
    kind: 'retryable',
    code: 'queue-clock-skew',
    advice:
      'The clock of this machine differs from that of AWS by minutes; it is corrected for. Set the clock (NTP) if this stays.',
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    kind: 'permanent',
    code: 'queue-credentials',
    advice:
      'The temporary AWS credentials have expired. Renew AWS_SESSION_TOKEN and its keys, or use a role, which renews itself.',
  },
  {
    names: [
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'InvalidAccessKeyId',
      'InvalidSecurity',
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
      'IncompleteSignature',
      'IncompleteSignatureException',
      'AuthFailure',
    ],
    kind: 'permanent',
    code: 'queue-credentials',
    advice:
      'AWS does not accept the credentials. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; keys of AWS China work in cn-north-1 and cn-northwest-1 only, and other keys not there.',
  },
  {
    names: ['KmsThrottled', 'KMS.ThrottlingException'],
    kind: 'retryable',
    code: 'queue-throttled',
    advice:
      'KMS throttles the key that encrypts the queue. Raise KmsDataKeyReusePeriodSeconds of the queue if this stays.',
  },
  {
    namePattern: /^(?:Kms[A-Z]|KMS\.)/,
    kind: 'permanent',
    code: 'queue-access-denied',
    advice:
      'The KMS key that encrypts {queue} cannot be used. Allow kms:Decrypt and kms:GenerateDataKey on it, and check that it is enabled.',
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'OptInRequired', 'NotAuthorized'],
    kind: 'permanent',
    code: 'queue-access-denied',
    advice:
      'Not allowed. Allow {action} on {queue} in the policy of the role or user, and look for a queue policy that denies it.',
  },
  {
    names: [
      'QueueDoesNotExist',
      'NonExistentQueue',
      'QueueDeletedRecently',
      'InvalidAddress',
      'ResourceNotFoundException',
    ],
    kind: 'permanent',
    code: 'queue-missing',
    advice:
      'There is no queue {queue}. Check account, region and name in the queue URL: aws sqs get-queue-url --queue-name NAME.',
  },
  {
    names: [
      'RequestThrottled',
      'ThrottlingException',
      'Throttling',
      'ThrottledException',
      'TooManyRequestsException',
      'RequestLimitExceeded',
    ],
    kind: 'retryable',
    code: 'queue-throttled',
    advice: 'SQS throttles these requests; they are sent again, more slowly.',
  },
  {
    names: ['OverLimit'],
    kind: 'retryable',
    code: 'queue-throttled',
    advice:
      'About 120,000 messages of {queue} are in flight, the most that SQS allows. Workers take no more until some are settled.',
  },
  {
    statuses: [429],
    kind: 'retryable',
    code: 'queue-throttled',
    advice: 'The requests are throttled; they are sent again, more slowly.',
  },
  {
    names: ['SyntaxError'],
    kind: 'retryable',
    code: 'queue-unavailable',
    advice:
      'What answered is not SQS (a proxy, or a wrong host?). Check the queue URL, {queue}, and AWS_ENDPOINT_URL_SQS.',
  },
  {
    names: ['ENOTFOUND'],
    kind: 'retryable',
    code: 'queue-unavailable',
    advice: 'The host name was not found. Check the queue URL, {queue}, AWS_REGION and the DNS of this machine.',
  },
  {
    namePattern: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/,
    kind: 'retryable',
    code: 'queue-unavailable',
    advice:
      'The TLS certificate is not trusted. If a proxy of yours is in between, name its certificate in NODE_EXTRA_CA_CERTS.',
  },
  {
    statuses: [401, 403],
    kind: 'permanent',
    code: 'queue-access-denied',
    advice: 'Not allowed. Allow {action} on {queue}.',
  },
  { statuses: [408, 425], kind: 'retryable', code: 'queue-unavailable', advice: 'SQS did not answer in time.' },
  {
    names: [
      'InternalError',
      'InternalFailure',
      'ServiceUnavailable',
      'ServiceUnavailableException',
      'AbortError',
      'TimeoutError',
    ],
    kind: 'retryable',
    code: 'queue-unavailable',
    advice: 'SQS could not be reached or did not answer in time.',
  },
];

export const REFUSED: SqsErrorRule = {
  kind: 'permanent',
  code: 'queue-refused',
  advice: 'SQS refuses the request, and would refuse it again.',
};
export const UNAVAILABLE: SqsErrorRule = {
  kind: 'retryable',
  code: 'queue-unavailable',
  advice: 'SQS could not be reached, or failed.',
};
