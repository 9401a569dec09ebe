import type { OssExchange } from '../../../local/oss/oss-server.ts';
import { type DoctorCase, denied, status } from './doctor-cases.ts';

const answerBucketInfo = (versioning: string) => (exchange: OssExchange) => {
  if (exchange.operation !== 'GetBucketInfo') return false;
  exchange.response.writeHead(200, { 'content-type': 'application/xml' });
  exchange.response.end(
    `<BucketInfo><Bucket><Name>b</Name><Location>oss-cn-hangzhou</Location><StorageClass>IA</StorageClass><TransferAcceleration>Enabled</TransferAcceleration>${versioning}</Bucket></BucketInfo>`,
  );
  return true;
};

export const OSS_CASES: readonly DoctorCase[] = [
  { id: 'oss-endpoint', when: 'it answers', status: 'ok', says: 'answers in' },
  {
    id: 'oss-endpoint',
    when: 'the public domain is forbidden',
    status: 'problem',
    code: 'source-public-endpoint-forbidden',
    says: 'OSS_ENDPOINT=https://that-domain',
    faults: [status('oss', 'ListObjectsV2', 400, 'PublicEndpointForbidden')],
  },
  {
    id: 'oss-endpoint',
    when: 'nobody listens there',
    status: 'problem',
    code: 'source-unreachable',
    says: 'check OSS_REGION, OSS_ENDPOINT, DNS',
    settings: { OSS_ENDPOINT: 'http://127.0.0.1:9' },
  },
  {
    id: 'oss-endpoint',
    when: 'the bucket is not there',
    status: 'problem',
    code: 'source-bucket-missing',
    says: 'Check OSS_BUCKET',
    settings: { OSS_BUCKET: 'another-bucket' },
  },
  {
    id: 'oss-endpoint',
    when: 'the key is wrong, which is not its fault',
    status: 'ok',
    says: 'answers in',
    settings: { OSS_ACCESS_KEY_SECRET: 'wrong' },
  },
  { id: 'oss-identity', when: 'key and signature are right', status: 'ok', says: 'accepts the access key' },
  {
    id: 'oss-identity',
    when: 'the secret is wrong',
    status: 'problem',
    code: 'source-credentials',
    says: 'check OSS_ACCESS_KEY_SECRET',
    settings: { OSS_ACCESS_KEY_SECRET: 'wrong' },
  },
  {
    id: 'oss-identity',
    when: 'the key is unknown or disabled',
    status: 'problem',
    code: 'source-credentials',
    says: 'Check OSS_ACCESS_KEY_ID',
    settings: { OSS_ACCESS_KEY_ID: 'nobody' },
  },
  {
    id: 'oss-identity',
    when: 'the token has expired',
    status: 'problem',
    code: 'source-credentials',
    says: 'security token is invalid or has expired',
    faults: [status('oss', 'ListObjectsV2', 403, 'SecurityTokenExpired')],
  },
  {
    id: 'oss-identity',
    when: 'listing is not allowed, which is not its fault',
    status: 'ok',
    says: 'accepts',
    faults: [denied('oss', 'ListObjectsV2')],
  },
  { id: 'clock-oss', when: 'clocks agree', status: 'ok', says: 'same time' },
  {
    id: 'clock-oss',
    when: 'this machine is two minutes behind',
    status: 'warning',
    says: 'behind',
    faults: [{ service: 'oss', fault: { kind: 'clock', offsetSeconds: 120 } }],
  },
  {
    id: 'clock-oss',
    when: 'this machine is ten minutes ahead',
    status: 'problem',
    code: 'clock-skew',
    says: 'set-ntp',
    faults: [{ service: 'oss', fault: { kind: 'clock', offsetSeconds: -600 } }],
  },
  { id: 'oss-bucket', when: 'it may be looked at', status: 'ok', says: 'local-source in cn-hangzhou, Standard' },
  {
    id: 'oss-bucket',
    when: 'it is versioned',
    status: 'warning',
    says: 'only the current version',
    arrange: ({ intercept }) => {
      intercept.oss = answerBucketInfo('<Versioning>Enabled</Versioning>');
    },
  },
  {
    id: 'oss-bucket',
    when: 'transfer acceleration is on',
    status: 'ok',
    says: 'transfer acceleration on',
    arrange: ({ intercept }) => {
      intercept.oss = answerBucketInfo('');
    },
  },
  {
    id: 'oss-bucket',
    when: 'it may not be looked at, which the worker need not',
    status: 'skipped',
    says: 'oss:GetBucketInfo',
    faults: [denied('oss', 'GetBucketInfo')],
  },
  { id: 'oss-list', when: 'there are objects', status: 'ok', says: 'Objects: 2.' },
  {
    id: 'oss-list',
    when: 'it is not allowed',
    status: 'problem',
    code: 'source-access-denied',
    says: 'oss:ListObjects',
    faults: [denied('oss', 'ListObjectsV2')],
  },
  {
    id: 'oss-list',
    when: 'nothing has the prefix',
    status: 'warning',
    says: 'check OSS_BUCKET and OSS_PREFIX',
    settings: { OSS_PREFIX: 'none/' },
  },
  { id: 'oss-objects', when: 'all can be read', status: 'ok', says: '2 Standard; 2 Normal' },
  {
    id: 'oss-objects',
    when: 'some are archived',
    status: 'warning',
    says: '1 of 3 (34 %) are in an archive class',
    arrange: ({ seed }) => seed('cold.bin', Buffer.from('cold'), { 'x-oss-storage-class': 'ColdArchive' }),
  },
  { id: 'oss-read', when: 'all is well', status: 'ok', says: 'ranged GET of "large.bin", with CRC-64' },
  {
    id: 'oss-read',
    when: 'it is not allowed',
    status: 'problem',
    code: 'source-access-denied',
    says: 'oss:GetObject',
    faults: [denied('oss', 'GetObject')],
  },
  {
    id: 'oss-read',
    when: 'OSS keeps no CRC-64',
    status: 'warning',
    says: 'no CRC-64',
    faults: [{ service: 'oss', fault: { kind: 'header', name: 'x-oss-hash-crc64ecma', value: null } }],
  },
  { id: 'oss-tags', when: 'they are not asked for', status: 'skipped', says: 'COPY_TAGS' },
  { id: 'oss-tags', when: 'they can be read', status: 'ok', says: 'Tags can be read', settings: { COPY_TAGS: 'true' } },
  {
    id: 'oss-tags',
    when: 'they may not be read',
    status: 'problem',
    code: 'source-access-denied',
    says: 'oss:GetObjectTagging',
    settings: { COPY_TAGS: 'true' },
    faults: [denied('oss', 'GetObjectTagging')],
  },
  { id: 'oss-bandwidth', when: 'it is fast', status: 'ok', says: 'MiB/s on one connection: 1 TiB in' },
  {
    id: 'oss-bandwidth',
    when: 'it is slow',
    status: 'warning',
    says: 'That is slow',
    // The first GET is that of oss-read.
    faults: [
      { service: 'oss', operation: 'GetObject', skip: 1, fault: { kind: 'bandwidth', bytesPerSecond: 200_000 } },
    ],
  },
  {
    id: 'oss-bandwidth',
    when: 'nothing comes',
    status: 'problem',
    code: 'source-unreachable',
    says: 'Not a byte',
    faults: [{ service: 'oss', operation: 'GetObject', skip: 1, fault: { kind: 'stall', afterBytes: 0 } }],
  },
];
