// What a failure of AWS means for whoever runs init, and what to do about it. The first rule that fits counts.

import { failureOfSdkError, type S3Failure } from '../../aws-worker/storage/s3-failure.ts';
import { BridgeError, type ErrorKind } from '../../shared/bridge-error.ts';

export interface AwsRequest {
  /** `SQS CreateQueue`, for people. */
  readonly operation: string;
  /** What has to be allowed for it: `sqs:CreateQueue`. */
  readonly action: string;
  /** On what. */
  readonly resource: string;
}

interface Rule {
  readonly codes: RegExp;
  readonly kind: ErrorKind;
  readonly code: string;
  /** `{action}`, `{policy}`, `{resource}` and `{region}` are filled in. */
  readonly advice: string;
}

const RULES: readonly Rule[] = [
  {
    codes: /^(CredentialsProviderError|TokenProviderError|ProviderError|MissingAuthenticationToken\w*)$/,
    kind: 'permanent',
    code: 'aws-credentials',
    advice:
      'No AWS credentials were found, or they could not be loaded. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it on a machine with a role.',
  },
  {
    codes: /^(ExpiredToken\w*|TokenRefreshRequired|RequestExpired)$/,
    kind: 'permanent',
    code: 'aws-credentials',
    advice: 'The temporary AWS credentials have expired. Renew them (`aws sso login`, a new AWS_SESSION_TOKEN).',
  },
  {
    codes: /^(RequestTimeTooSkewed|RequestInTheFuture)$/,
    kind: 'permanent',
    code: 'aws-clock-skew',
    advice: "This machine's clock differs from that of AWS by minutes. Set it (NTP).",
  },
  {
    codes:
      /^(InvalidClientTokenId|UnrecognizedClient\w*|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature\w*|IncompleteSignature\w*|InvalidToken|AuthFailure)$/,
    kind: 'permanent',
    code: 'aws-credentials',
    advice:
      'AWS does not accept the credentials. Keys of AWS China and of GovCloud work in their own regions only, and other keys not there: is AWS_REGION right?',
  },
  {
    codes: /^(AccessDenied\w*|UnauthorizedOperation|AuthorizationError|NotAuthorized|AllAccessDisabled|OptInRequired)$/,
    kind: 'permanent',
    code: 'aws-access-denied',
    advice:
      'Not allowed. Allow {action} on {resource} to whoever runs init (deploy/policies/{policy} has all that it needs), and look for a policy that denies it.',
  },
  {
    codes: /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/,
    kind: 'permanent',
    code: 'destination-region',
    advice: 'The bucket is in another region{region}.',
  },
  {
    codes: /^NoSuchBucket$/,
    kind: 'permanent',
    code: 'destination-bucket-missing',
    advice: 'There is no such bucket. Look at S3_BUCKET, or make it: aws s3 mb s3://NAME. init makes no buckets.',
  },
  {
    codes:
      /^(SlowDown|Throttl\w*|\w*ThrottledException|RequestThrottled|RequestLimitExceeded|TooManyRequests\w*|LimitExceededException|OperationAborted|ConditionalRequestConflict)$/,
    kind: 'retryable',
    code: 'aws-throttled',
    advice: 'AWS asks to wait. Run init again in a minute; it goes on where it was.',
  },
  {
    codes: /^(NotImplemented|InvalidAction)$/,
    kind: 'permanent',
    code: 'aws-not-supported',
    advice: 'What answered is not AWS, and lacks this.',
  },
];

export function translateAwsError(error: unknown, request: AwsRequest): BridgeError {
  if (error instanceof BridgeError) return error;
  const failure = failureOfSdkError(error);
  const code = (failure.code ?? '').replace(/^.*\./, '');
  const rule = RULES.find(({ codes }) => codes.test(code)) ?? ruleOfStatus(failure);
  const region = failure.region === undefined ? '; set S3_REGION to it' : `: set S3_REGION=${failure.region}`;
  const advice = rule.advice
    .replace('{action}', request.action)
    .replace('{policy}', policyWith(request.action))
    .replace('{resource}', request.resource)
    .replace('{region}', region);
  return new BridgeError({
    kind: rule.kind,
    code: rule.code,
    message: `${request.operation} (${request.resource}): ${advice} ${said(failure)}`,
    cause: error,
  });
}

function policyWith(action: string): string {
  return action.startsWith('dynamodb:') ? 'aws-init-dynamodb.json' : 'aws-init.json';
}

function ruleOfStatus({ kind, status, region }: S3Failure): Pick<Rule, 'kind' | 'code' | 'advice'> {
  const ruleOf = (code: string) => RULES.find(rule => rule.code === code);
  const isRedirect = status === 301 || (status === 400 && region !== undefined);
  const known = isRedirect ? ruleOf('destination-region') : status === 403 ? ruleOf('aws-access-denied') : undefined;
  if (known !== undefined) return known;
  if (kind !== 'answered') {
    const advice = 'AWS could not be reached. Look at AWS_REGION, the network and the AWS_ENDPOINT_URL settings.';
    return { kind: 'retryable', code: 'aws-unavailable', advice };
  }
  if ((status ?? 0) >= 500 || status === 429) {
    const advice = 'AWS failed. Run init again; it goes on where it was.';
    return { kind: 'retryable', code: 'aws-unavailable', advice };
  }
  return { kind: 'permanent', code: 'aws-refused', advice: 'AWS refuses the request, and would refuse it again.' };
}

const SAID_MAX_CHARACTERS = 300;

/** In AWS's words, on one line. */
function said({ status, code, message }: S3Failure): string {
  const words = (message ?? '').toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  const facts = [status, code].filter(part => part !== undefined).join(' ');
  return `(${[facts, words.slice(0, SAID_MAX_CHARACTERS)].filter(part => part !== '').join(': ')})`;
}
