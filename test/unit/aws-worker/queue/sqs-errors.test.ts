import { describe, expect, test } from 'vitest';
import { translateFailedEntry, translateSqsError } from '../../../../aws-worker/queue/sqs-errors.ts';
import { describeError } from '../../../../shared/log.ts';

const context = { operation: 'SendMessageBatch', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/live' } as const;

function serviceError(name: string, message = 'words of AWS', httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

function socketError(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`connect ${code}`), { name, code });
}

describe('translateSqsError says what kind it is and what to do', () => {
  test.each([
    ['no credentials', serviceError('CredentialsProviderError'), 'permanent', 'queue-credentials', 'AWS_ACCESS_KEY_ID'],
    ['unknown key', serviceError('InvalidClientTokenId', '', 403), 'permanent', 'queue-credentials', 'AWS China'],
    ['unknown key, newer word', serviceError('UnrecognizedClientException'), 'permanent', 'queue-credentials', 'keys'],
    ['wrong secret', serviceError('InvalidSignatureException', '', 403), 'permanent', 'queue-credentials', 'SECRET'],
    ['expired session', serviceError('ExpiredTokenException'), 'permanent', 'queue-credentials', 'expired'],
    [
      'wrong region',
      serviceError('SignatureDoesNotMatch', "Credential should be scoped to a valid region, not 'x'.", 403),
      'permanent',
      'queue-region',
      'AWS_REGION',
    ],
    [
      'clock is late',
      serviceError('InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier than', 403),
      'retryable',
      'queue-clock-skew',
      'clock',
    ],
    [
      'clock is early',
      serviceError('SignatureDoesNotMatch', 'Signature not yet current: 2026', 403),
      'retryable',
      'queue-clock-skew',
      'clock',
    ],
    ['clock, by name', serviceError('RequestTimeTooSkewed', '', 403), 'retryable', 'queue-clock-skew', 'NTP'],
    ['not allowed', serviceError('AccessDenied', 'x', 403), 'permanent', 'queue-access-denied', 'sqs:SendMessage on'],
    ['not allowed, unknown name', serviceError('Odd', 'x', 403), 'permanent', 'queue-access-denied', 'sqs:SendMessage'],
    ['key of the queue', serviceError('KmsAccessDenied'), 'permanent', 'queue-access-denied', 'kms:Decrypt'],
    ['key of the queue, older word', serviceError('KMS.DisabledException'), 'permanent', 'queue-access-denied', 'kms'],
    ['key is throttled', serviceError('KmsThrottled'), 'retryable', 'queue-throttled', 'KMS'],
    ['no such queue', serviceError('QueueDoesNotExist'), 'permanent', 'queue-missing', context.queueUrl],
    [
      'no such queue, older word',
      serviceError('AWS.SimpleQueueService.NonExistentQueue'),
      'permanent',
      'queue-missing',
      'account, region and name',
    ],
    ['throttled', serviceError('RequestThrottled'), 'retryable', 'queue-throttled', 'slowly'],
    ['throttled, by status', serviceError('Odd', 'x', 429), 'retryable', 'queue-throttled', 'slowly'],
    ['too many in flight', serviceError('OverLimit', 'x', 403), 'retryable', 'queue-throttled', '120,000'],
    ['bad characters', serviceError('InvalidMessageContents'), 'permanent', 'queue-refused', 'refuses'],
    ['server failure', serviceError('InternalFailure', 'x', 500), 'retryable', 'queue-unavailable', 'reached'],
    ['server failure, unknown name', serviceError('Odd', 'x', 503), 'retryable', 'queue-unavailable', 'reached'],
    [
      'a page instead of JSON',
      serviceError('SyntaxError', 'Unexpected token <', 200),
      'retryable',
      'queue-unavailable',
      'proxy',
    ],
    ['no such host', socketError('ENOTFOUND'), 'retryable', 'queue-unavailable', 'DNS'],
    [
      'refused, by two addresses',
      socketError('ECONNREFUSED', 'AggregateError'),
      'retryable',
      'queue-unavailable',
      'ECONNREFUSED',
    ],
    ['reset', socketError('ECONNRESET'), 'retryable', 'queue-unavailable', 'ECONNRESET'],
    ['timeout', socketError('ETIMEDOUT', 'TimeoutError'), 'retryable', 'queue-unavailable', 'in time'],
    [
      'own certificate',
      socketError('SELF_SIGNED_CERT_IN_CHAIN'),
      'retryable',
      'queue-unavailable',
      'NODE_EXTRA_CA_CERTS',
    ],
    ['not an error at all', 'boom', 'retryable', 'queue-unavailable', 'boom'],
  ])('%s', (_case, error, kind, code, advice) => {
    const translated = translateSqsError(error, context);
    expect({ kind: translated.kind, code: translated.code }).toEqual({ kind, code });
    expect(translated.message).toContain(advice);
    expect(translated.message).not.toMatch(/\{queue\}|\{action\}/);
  });

  test('lets nothing secret through, neither in the message nor in the cause', () => {
    const quoted = [
      "Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1 Signature=deadbeef AKIAIOSFODNN7EXAMPLE The Canonical String should have been 'POST",
      'x-amz-security-token:SECRETSESSION',
    ].join('\n');
    const text = JSON.stringify(
      describeError(translateSqsError(serviceError('SignatureDoesNotMatch', quoted), context)),
    );
    expect(text).not.toMatch(/SECRETSESSION|deadbeef|AKIAIOSFODNN7EXAMPLE/);
    expect(text).toContain('SignatureDoesNotMatch');
  });
});

describe('translateFailedEntry tells a lost receipt from everything else', () => {
  const extend = { ...context, operation: 'ChangeMessageVisibilityBatch' } as const;
  test.each([
    ['ReceiptHandleIsInvalid', 'The input receipt handle is invalid.'],
    ['AWS.SimpleQueueService.MessageNotInflight', ''],
    [
      'InvalidParameterValue',
      'Value abc for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.',
    ],
    [
      'InvalidParameterValue',
      'Value 120 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
    ],
    ['InvalidParameterValue', 'Reason: The receipt handle has expired.'],
  ])('%s %s is lost', (Code, Message) => {
    expect(translateFailedEntry({ Id: '0', SenderFault: true, Code, Message }, extend)).toBe('lost');
  });

  test.each([
    ['InternalError', false, 'retryable', 'queue-unavailable'],
    ['ServiceUnavailable', false, 'retryable', 'queue-unavailable'],
    ['RequestThrottled', true, 'retryable', 'queue-throttled'],
    ['InvalidMessageContents', true, 'permanent', 'queue-refused'],
    ['AccessDenied', true, 'permanent', 'queue-access-denied'],
  ])('%s is not', (Code, SenderFault, kind, code) => {
    expect(translateFailedEntry({ Id: '0', SenderFault, Code }, extend)).toMatchObject({ kind, code });
  });

  test('a send has no receipt that could be lost', () => {
    const entry = { Id: '0', SenderFault: true, Code: 'InvalidParameterValue', Message: 'the maximum is 900' };
    expect(translateFailedEntry(entry, context)).toMatchObject({ code: 'queue-refused' });
  });
});
