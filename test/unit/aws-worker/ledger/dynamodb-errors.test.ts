import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { refusedWrites, translateDynamodbError } from '../../../../aws-worker/ledger/dynamodb-errors.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { describeError } from '../../../../shared/log.ts';

const context = { operation: 'PutItem', table: 'bridge-ledger', region: 'eu-west-1' };

function serviceError(name: string, message = 'words of AWS', httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

function socketError(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`connect ${code}`), { name, code });
}

function cancelled(...codes: readonly string[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: { httpStatusCode: 400 },
    CancellationReasons: codes.map(Code => ({ Code })),
  });
}

const NOT_ALLOWED =
  'User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:eu-west-1:1:table/bridge-ledger';

const cases: readonly (readonly [string, Error, 'ledger-busy' | 'ledger-unavailable', string])[] = [
  ['no credentials', serviceError('CredentialsProviderError'), 'ledger-unavailable', 'AWS_ACCESS_KEY_ID'],
  ['unknown key', serviceError('UnrecognizedClientException'), 'ledger-unavailable', 'AWS China'],
  ['wrong secret', serviceError('InvalidSignatureException'), 'ledger-unavailable', 'AWS_SECRET_ACCESS_KEY'],
  ['expired token', serviceError('ExpiredTokenException'), 'ledger-unavailable', 'Renew AWS_SESSION_TOKEN'],
  [
    'wrong region',
    serviceError('InvalidSignatureException', "Credential should be scoped to a valid region, not 'x'."),
    'ledger-unavailable',
    'AWS_REGION',
  ],
  ['clock', serviceError('InvalidSignatureException', 'Signature expired: 2026'), 'ledger-busy', 'NTP'],
  ['clock, by name', serviceError('RequestTimeTooSkewed'), 'ledger-busy', 'NTP'],
  ['not allowed', serviceError('AccessDeniedException'), 'ledger-unavailable', 'Allow dynamodb:PutItem on it'],
  [
    'not allowed, with the action',
    serviceError('AccessDeniedException', NOT_ALLOWED),
    'ledger-unavailable',
    'Allow dynamodb:DeleteItem on it in the policy',
  ],
  ['not allowed, unknown name', serviceError('Odd', 'x', 403), 'ledger-unavailable', 'dynamodb:PutItem'],
  ['KMS key', serviceError('AccessDeniedException', 'KMS key access denied'), 'ledger-unavailable', 'kms:Decrypt'],
  ['no table', serviceError('ResourceNotFoundException'), 'ledger-unavailable', 'no such table in eu-west-1'],
  [
    'no table: how to make it',
    serviceError('ResourceNotFoundException'),
    'ledger-unavailable',
    'make it: LEDGER_URL=dynamodb:bridge-ledger npx bridge init --yes',
  ],
  [
    'another key schema',
    serviceError('ValidationException', 'The provided key element does not match the schema'),
    'ledger-unavailable',
    'another key schema',
  ],
  ['being made', serviceError('ResourceInUseException'), 'ledger-busy', 'being made'],
  ['throttled', serviceError('ThrottlingException'), 'ledger-busy', 'PAY_PER_REQUEST'],
  ['throttled table', serviceError('ProvisionedThroughputExceededException'), 'ledger-busy', 'PAY_PER_REQUEST'],
  ['throttled account', serviceError('RequestLimitExceeded'), 'ledger-busy', 'quota'],
  ['throttled, by status', serviceError('Odd', 'x', 429), 'ledger-busy', 'throttled'],
  ['conflict', serviceError('TransactionConflictException'), 'ledger-busy', 'other workers'],
  ['in progress', serviceError('TransactionInProgressException'), 'ledger-busy', 'other workers'],
  ['cancelled by conflict', cancelled('None', 'TransactionConflict'), 'ledger-busy', 'other workers'],
  ['cancelled by throttling', cancelled('ThrottlingError', 'None'), 'ledger-busy', 'throttles'],
  ['cancelled by a full partition', cancelled('ProvisionedThroughputExceeded'), 'ledger-busy', 'throttles'],
  ['server failure', serviceError('InternalServerError', 'x', 500), 'ledger-busy', 'could not serve'],
  ['server failure, unknown name', serviceError('Odd', 'x', 503), 'ledger-busy', 'could not serve'],
  ['a page of a balancer', serviceError('SyntaxError', 'Unexpected token <', 503), 'ledger-busy', 'proxy in between'],
  [
    'a page instead of JSON',
    serviceError('SyntaxError', 'Unexpected token <', 200),
    'ledger-unavailable',
    'not DynamoDB',
  ],
  ['a redirect', serviceError('Unknown', 'UnknownError', 301), 'ledger-unavailable', 'AWS_ENDPOINT_URL_DYNAMODB'],
  ['another protocol', serviceError('UnknownOperationException'), 'ledger-unavailable', 'not DynamoDB'],
  ['no such host', socketError('ENOTFOUND'), 'ledger-busy', 'DNS'],
  ['refused, by two addresses', socketError('ECONNREFUSED', 'AggregateError'), 'ledger-busy', 'ECONNREFUSED'],
  ['reset', socketError('ECONNRESET', 'TimeoutError'), 'ledger-busy', 'could not be reached'],
  ['timeout', socketError('ETIMEDOUT', 'TimeoutError'), 'ledger-busy', 'in time'],
  ['unknown certificate', socketError('DEPTH_ZERO_SELF_SIGNED_CERT'), 'ledger-unavailable', 'NODE_EXTRA_CA_CERTS'],
];

describe('translateDynamodbError says whether time mends it, or what a person is to do', () => {
  test.each(cases)('%s', (_, error, code, advice) => {
    const translated = translateDynamodbError(error, context);
    expect(translated).toBeInstanceOf(BridgeError);
    expect(translated).toMatchObject({
      kind: code === 'ledger-busy' ? 'retryable' : 'permanent',
      code,
      message: expect.stringContaining(advice),
    });
    expect(String(translated)).toContain("The ledger's table bridge-ledger");
    expect(String(translated)).not.toMatch(/\{(action|table|region)\}/);
  });

  test.each([
    ['a bug of ours', new TypeError('x is undefined')],
    ['a request of ours that is invalid', serviceError('ValidationException', 'Invalid UpdateExpression')],
    ['a transaction of ours that is invalid', cancelled('ValidationError', 'None')],
  ])('and leaves %s as it is', (_, error) => {
    expect(translateDynamodbError(error, context)).toBe(error);
  });

  test('and passes no secret', () => {
    const text =
      "The Canonical String should have been 'x-amz-security-token:FwoGZXIvYXdzEJr//////////wEaDN' Signature=abcdef0123456789 AKIAABCDEFGHIJKLMNOP\nPOST /";
    const translated = translateDynamodbError(serviceError('InvalidSignatureException', text), context);
    const told = JSON.stringify(describeError(translated));
    for (const secret of ['FwoGZXIvYXdzEJr', 'abcdef0123456789', 'AKIAABCDEFGHIJKLMNOP', 'POST /']) {
      expect(told).not.toContain(secret);
    }
  });
});

describe('a cancelled transaction', () => {
  test.each([
    [['ConditionalCheckFailed', 'None'], [0]],
    [
      ['None', 'ConditionalCheckFailed', 'ConditionalCheckFailed'],
      [1, 2],
    ],
    [['TransactionConflict', 'ConditionalCheckFailed'], [1]],
    [['TransactionConflict', 'None'], undefined],
    [['ThrottlingError'], undefined],
    [[], undefined],
  ])('for the reasons %j was refused in the writes %j', (codes, refused) => {
    expect(refusedWrites(cancelled(...codes))).toEqual(refused);
  });

  test('is nothing else', () => {
    expect(refusedWrites(serviceError('ThrottlingException'))).toBeUndefined();
    expect(refusedWrites('ConditionalCheckFailed')).toBeUndefined();
  });
});
