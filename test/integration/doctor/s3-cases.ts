import { DeleteBucketLifecycleCommand } from '@aws-sdk/client-s3';
import { LOCAL } from '../../../local/local-cloud.ts';
import type { S3Exchange } from '../../../local/s3/s3-server.ts';
import { type DoctorCase, denied, status } from './doctor-cases.ts';

function answerAs(statusCode: number, code: string, isMeant: (exchange: S3Exchange) => boolean) {
  return (exchange: S3Exchange): boolean => {
    if (!isMeant(exchange)) return false;
    exchange.request.resume();
    exchange.response.writeHead(statusCode, { 'content-type': 'application/xml', etag: `"${'1'.repeat(32)}"` });
    exchange.response.end(code === '' ? '' : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    return true;
  };
}

/** The third PUT is the one whose condition must not hold. */
function ignoreConditions() {
  let puts = 0;
  return answerAs(200, '', ({ operation }) => operation === 'PutObject' && ++puts === 3);
}

export const S3_CASES: readonly DoctorCase[] = [
  {
    id: 'aws-identity',
    when: 'STS knows the key',
    status: 'ok',
    says: 'arn:aws:iam::111122223333:user/bridge, account 111122223333, from AWS_ACCESS_KEY_ID in the environment',
  },
  ...(
    [
      ['the key is unknown or disabled', 'InvalidClientTokenId', 'check AWS_ACCESS_KEY_ID'],
      ['the secret is wrong', 'SignatureDoesNotMatch', 'check AWS_SECRET_ACCESS_KEY'],
      ['the token has expired', 'ExpiredToken', 'Renew AWS_SESSION_TOKEN'],
    ] as const
  ).map(
    ([when, code, says]): DoctorCase => ({
      id: 'aws-identity',
      when,
      status: 'problem',
      code: 'aws-credentials',
      says,
      arrange: ({ sts }) => sts.refuse('GetCallerIdentity', code),
    }),
  ),
  {
    id: 'aws-identity',
    when: 'STS cannot be reached, which says nothing of the key',
    status: 'warning',
    says: 'the lines of S3 and SQS tell',
    settings: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' },
  },
  {
    id: 'aws-identity',
    when: 'the queue is not at AWS',
    status: 'skipped',
    says: 'not at AWS',
    settings: { AWS_ENDPOINT_URL_STS: '' },
  },
  { id: 'clock-aws', when: 'clocks agree', status: 'ok', says: 'same time' },
  {
    id: 'clock-aws',
    when: 'this machine is ten minutes behind',
    status: 'problem',
    code: 'clock-skew',
    says: 'behind',
    faults: [{ service: 's3', fault: { kind: 'clock', offsetSeconds: 600 } }],
  },
  { id: 's3-bucket', when: 'it is there', status: 'ok', says: 'local-destination in us-east-1' },
  {
    id: 's3-bucket',
    when: 'it is not there',
    status: 'problem',
    code: 'destination-bucket-missing',
    says: 'Look at S3_BUCKET',
    settings: { S3_BUCKET: 'another-bucket' },
  },
  {
    id: 's3-bucket',
    when: 'it is in another region',
    status: 'problem',
    code: 'destination-region',
    says: 'Set S3_REGION',
    faults: [status('s3', 'ListObjectsV2', 301, 'PermanentRedirect')],
  },
  {
    id: 's3-bucket',
    when: 'it may not be listed',
    status: 'problem',
    code: 'destination-access-denied',
    says: 's3:ListBucket',
    faults: [denied('s3', 'ListObjectsV2')],
  },
  { id: 's3-ownership', when: 'ACLs are disabled and none is set', status: 'ok', says: 'ACLs are disabled' },
  {
    id: 's3-ownership',
    when: 'ACLs are disabled and one is set',
    status: 'problem',
    code: 'acl-not-supported',
    says: 'Remove S3_ACL',
    settings: { S3_ACL: 'private' },
  },
  {
    id: 's3-ownership',
    when: 'it may not be looked at, which the worker need not',
    status: 'skipped',
    says: 's3:GetBucketOwnershipControls',
    faults: [denied('s3', 'GetBucketOwnershipControls')],
  },
  { id: 's3-write', when: 'all is allowed', status: 'ok', says: 'Put, conditions, checksums' },
  {
    id: 's3-write',
    when: 'putting is not allowed',
    status: 'problem',
    code: 'destination-access-denied',
    says: 's3:PutObject',
    faults: [denied('s3', 'PutObject')],
  },
  {
    id: 's3-write',
    when: 'the KMS key is disabled',
    status: 'problem',
    code: 'destination-kms-key-unusable',
    says: 'Enable it',
    settings: { S3_ENCRYPTION: 'aws:kms', S3_KMS_KEY_ID: 'arn:aws:kms:us-east-1:1:key/k' },
    faults: [status('s3', 'PutObject', 400, 'KMS.DisabledException')],
  },
  {
    id: 's3-write',
    when: 'the server ignores conditions',
    status: 'problem',
    code: 'destination-ignores-conditions',
    says: 'If-None-Match on PutObject',
    arrange: ({ intercept }) => {
      intercept.s3 = ignoreConditions();
    },
  },
  {
    id: 's3-write',
    when: 'parts may not be listed',
    status: 'problem',
    code: 'destination-access-denied',
    says: 's3:ListMultipartUploadParts',
    faults: [denied('s3', 'ListParts')],
  },
  {
    id: 's3-write',
    when: 'deleting is not allowed, which the worker need not',
    status: 'warning',
    says: 's3:DeleteObject',
    faults: [denied('s3', 'DeleteObject')],
    leaves: 1,
  },
  { id: 's3-multipart', when: 'all is allowed', status: 'ok', says: 'CRC-32 of its part and of the whole' },
  {
    id: 's3-multipart',
    when: 'completing is refused',
    status: 'problem',
    code: 'destination-access-denied',
    says: 's3:PutObject',
    // The first is that of s3-write, which must fail.
    faults: [denied('s3', 'CompleteMultipartUpload', { skip: 1 })],
  },
  { id: 's3-tags', when: 'they are not asked for', status: 'skipped', says: 'COPY_TAGS' },
  { id: 's3-tags', when: 'they are allowed', status: 'ok', says: 'put with tags', settings: { COPY_TAGS: 'true' } },
  {
    id: 's3-tags',
    when: 'they are not allowed',
    status: 'problem',
    code: 'destination-access-denied',
    says: 's3:PutObjectTagging',
    settings: { COPY_TAGS: 'true' },
    arrange: ({ intercept }) => {
      intercept.s3 = answerAs(403, 'AccessDenied', ({ request }) => request.headers['x-amz-tagging'] !== undefined);
    },
  },
  { id: 's3-lifecycle', when: 'a rule covers the prefix', status: 'ok', says: 'after 7 days' },
  {
    id: 's3-lifecycle',
    when: 'there is no rule',
    status: 'warning',
    says: 'aws s3api put-bucket-lifecycle-configuration',
    arrange: ({ s3 }) => s3.send(new DeleteBucketLifecycleCommand({ Bucket: LOCAL.s3Bucket })),
  },
  {
    id: 's3-lifecycle',
    when: 'it may not be looked at',
    status: 'warning',
    says: 's3:GetLifecycleConfiguration',
    faults: [denied('s3', 'GetBucketLifecycleConfiguration')],
  },
];
