import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { translateAwsError } from '../../../../cli/init/aws-errors.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';

const REQUEST = { operation: 'SQS CreateQueue', action: 'sqs:CreateQueue', resource: 'oss-s3-bridge' };

/** As the SDK throws it. */
function sdkError(name: string, status?: number, message = 'what AWS said'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe('a failure of AWS', () => {
  it.each<[error: Error, kind: string, code: string, advice: string]>([
    [sdkError('CredentialsProviderError'), 'permanent', 'aws-credentials', 'Set AWS_PROFILE'],
    [sdkError('ExpiredTokenException', 403), 'permanent', 'aws-credentials', 'aws sso login'],
    [sdkError('UnrecognizedClientException', 400), 'permanent', 'aws-credentials', 'is AWS_REGION right?'],
    [sdkError('RequestTimeTooSkewed', 403), 'permanent', 'aws-clock-skew', 'Set it (NTP)'],
    [
      sdkError('AccessDeniedException', 403),
      'permanent',
      'aws-access-denied',
      'Allow sqs:CreateQueue on oss-s3-bridge',
    ],
    [sdkError('UnknownError', 403), 'permanent', 'aws-access-denied', 'Allow sqs:CreateQueue'],
    [sdkError('ThrottlingException', 400), 'retryable', 'aws-throttled', 'in a minute'],
    [sdkError('RequestThrottled', 403), 'retryable', 'aws-throttled', 'in a minute'],
    [sdkError('InternalFailure', 500), 'retryable', 'aws-unavailable', 'Run init again'],
    [sdkError('UnknownError', 429), 'retryable', 'aws-unavailable', 'Run init again'],
    [sdkError('NoSuchBucket', 404), 'permanent', 'destination-bucket-missing', 'init makes no buckets'],
    [sdkError('PermanentRedirect', 301), 'permanent', 'destination-region', 'set S3_REGION'],
    [sdkError('InvalidAction', 400), 'permanent', 'aws-not-supported', 'is not AWS'],
    [sdkError('SomethingNew', 400), 'permanent', 'aws-refused', 'would refuse it again'],
    [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'retryable', 'aws-unavailable', 'could not be reached'],
    [Object.assign(new Error('no'), { code: 'ENOTFOUND' }), 'retryable', 'aws-unavailable', 'AWS_REGION'],
  ])('%s is %s %s', (error, kind, code, advice) => {
    const translated = translateAwsError(error, REQUEST);
    expect(translated).toMatchObject({ kind, code, message: expect.stringContaining(advice), cause: error });
    expect(translated.message).toMatch(/^SQS CreateQueue \(oss-s3-bridge\): /);
  });

  it.each([
    ['sqs:CreateQueue', 'aws-init.json'],
    ['s3:PutLifecycleConfiguration', 'aws-init.json'],
    ['dynamodb:UpdateContinuousBackups', 'aws-init-dynamodb.json'],
  ])('that denies %s names the policy that has it', (action, file) => {
    const { message } = translateAwsError(sdkError('AccessDeniedException', 400), { ...REQUEST, action });
    const [, named = ''] = /\(deploy\/policies\/(\S+) has/.exec(message) ?? [];
    expect(named).toBe(file);
    const policy = readFileSync(new URL(`../../../../deploy/policies/${named}`, import.meta.url), 'utf8');
    expect(policy).toContain(`"${action}"`);
  });

  it('is passed on where it is translated already', () => {
    const error = new BridgeError({ kind: 'cancelled', code: 'cancelled', message: 'no' });
    expect(translateAwsError(error, REQUEST)).toBe(error);
  });

  it('is told in few words, and moves no cursor', () => {
    const { message } = translateAwsError(sdkError('SomethingNew', 400, `a\u001b[2J\n${'b'.repeat(999)}`), REQUEST);
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });
});
