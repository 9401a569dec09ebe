// Where the key for OSS comes from, and the role that S3 is written with.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL } from '../../../local/local-cloud.ts';
import type { DoctorCase } from './doctor-cases.ts';

const { accessKeyId, accessKeySecret } = LOCAL.ossCredentials;
const KEY = JSON.stringify({ access_key_id: accessKeyId, secret_access_key: accessKeySecret });
const TEMPORARY = { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: 'any-token' };
const ELSEWHERE = { OSS_ACCESS_KEY_ID: '', OSS_ACCESS_KEY_SECRET: '' };
const SECRET = { ...ELSEWHERE, OSS_SECRET_ID: 'bridge/oss' };
const PARAMETER = { ...ELSEWHERE, OSS_SECRET_ID: 'ssm:/bridge/oss' };
const URL_OF_KEY = { ...ELSEWHERE, OSS_CREDENTIALS_URL: 'KEY_URL' };
const FILES = {
  ...ELSEWHERE,
  OSS_ACCESS_KEY_ID_FILE: 'FOLDER/id',
  OSS_ACCESS_KEY_SECRET_FILE: 'FOLDER/secret',
};
const ROLE = { S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/into-the-bucket' };

export const KEY_CASES: readonly DoctorCase[] = [
  {
    id: 'config',
    when: 'a file of the key is gone',
    status: 'problem',
    code: 'invalid-configuration',
    says: 'which does not exist',
    settings: { ...ELSEWHERE, OSS_ACCESS_KEY_ID_FILE: 'FOLDER/none', OSS_ACCESS_KEY_SECRET: accessKeySecret },
  },
  {
    id: 'oss-key',
    when: 'it is in the environment',
    status: 'ok',
    says: 'From OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET; a lasting key.',
  },
  {
    id: 'oss-key',
    when: 'it is temporary, and in the environment',
    status: 'warning',
    says: 'nothing renews it',
    settings: { OSS_SECURITY_TOKEN: 'any-token' },
  },
  {
    id: 'oss-key',
    when: 'it is in files',
    status: 'ok',
    says: 'From the files of OSS_ACCESS_KEY_ID_FILE, OSS_ACCESS_KEY_SECRET_FILE',
    settings: FILES,
    arrange: ({ folder }) => {
      writeFileSync(join(folder, 'id'), `${accessKeyId}\n`);
      writeFileSync(join(folder, 'secret'), `${accessKeySecret}\n`);
    },
  },
  {
    id: 'oss-key',
    when: 'it is in a secret',
    status: 'ok',
    says: 'From the secret bridge/oss in Secrets Manager, us-east-1; a lasting key.',
    settings: SECRET,
    arrange: ({ secrets }) => secrets.secrets.set('bridge/oss', KEY),
  },
  {
    id: 'oss-key',
    when: 'the secret is no JSON',
    status: 'problem',
    code: 'source-credentials',
    says: 'The secret bridge/oss is not JSON. It must be {"access_key_id"',
    settings: SECRET,
    arrange: ({ secrets }) => secrets.secrets.set('bridge/oss', accessKeySecret),
  },
  {
    id: 'oss-key',
    when: 'the secret is not there',
    status: 'problem',
    code: 'source-credentials',
    says: 'does not exist in us-east-1',
    settings: SECRET,
  },
  {
    id: 'oss-key',
    when: 'the secret may not be read',
    status: 'problem',
    code: 'source-credentials',
    says: 'allow secretsmanager:GetSecretValue on it',
    settings: SECRET,
    arrange: ({ secrets }) => secrets.refuse('AccessDeniedException'),
  },
  {
    id: 'oss-key',
    when: 'Secrets Manager cannot be reached',
    status: 'problem',
    code: 'source-credentials-unavailable',
    says: 'there must be one for the service',
    settings: { ...SECRET, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9' },
  },
  {
    id: 'oss-key',
    when: 'it is in a parameter',
    status: 'ok',
    says: 'From the parameter /bridge/oss in Systems Manager',
    settings: PARAMETER,
    arrange: ({ secrets }) => secrets.parameters.set('/bridge/oss', KEY),
  },
  {
    id: 'oss-key',
    when: 'the parameter may not be read',
    status: 'problem',
    code: 'source-credentials',
    says: 'allow ssm:GetParameter on it',
    settings: PARAMETER,
    arrange: ({ secrets }) => secrets.refuse('AccessDeniedException'),
  },
  {
    id: 'oss-key',
    when: 'a URL gives it, for an hour',
    status: 'ok',
    says: 'temporary, until 2999-01-01T00:00:00.000Z. The worker asks for the next one before.',
    settings: URL_OF_KEY,
    arrange: stage => {
      stage.answers.key = JSON.stringify({ ...TEMPORARY, Expiration: '2999-01-01T00:00:00Z' });
    },
  },
  {
    id: 'oss-key',
    when: 'the URL gives one that has expired',
    status: 'problem',
    code: 'source-credentials-unavailable',
    says: 'has expired, at 2001-01-01T00:00:00.000Z',
    settings: URL_OF_KEY,
    arrange: stage => {
      stage.answers.key = JSON.stringify({ ...TEMPORARY, Expiration: '2001-01-01T00:00:00Z' });
    },
  },
  {
    id: 'oss-key',
    when: 'nobody answers at the URL',
    status: 'problem',
    code: 'source-credentials-unavailable',
    says: 'could not be reached. Look at what serves it',
    settings: { ...ELSEWHERE, OSS_CREDENTIALS_URL: 'http://127.0.0.1:9/key' },
  },
  {
    id: 'oss-key',
    when: 'a command prints it',
    status: 'ok',
    says: 'From what OSS_CREDENTIALS_COMMAND prints; a lasting key.',
    settings: { ...ELSEWHERE, OSS_CREDENTIALS_COMMAND: `echo '${KEY}'` },
  },
  {
    id: 'oss-key',
    when: 'the command fails',
    status: 'problem',
    code: 'source-credentials-unavailable',
    says: 'OSS_CREDENTIALS_COMMAND ended with 3',
    settings: { ...ELSEWHERE, OSS_CREDENTIALS_COMMAND: 'exit 3' },
  },
  {
    id: 'oss-identity',
    when: 'the key is in a secret',
    status: 'ok',
    says: 'accepts the access key',
    settings: SECRET,
    arrange: ({ secrets }) => secrets.secrets.set('bridge/oss', KEY),
  },
  { id: 's3-role', when: 'there is none', status: 'skipped', says: 'S3_ROLE_ARN is not set' },
  {
    id: 's3-role',
    when: 'it may be assumed',
    status: 'ok',
    says: 'arn:aws:sts::444455556666:assumed-role/into-the-bucket/oss-s3-bridge, account 444455556666, until 20',
    settings: ROLE,
  },
  {
    id: 's3-role',
    when: 'it asks for the external id',
    status: 'ok',
    says: 'account 444455556666, with its external id',
    settings: { ...ROLE, S3_ROLE_EXTERNAL_ID: 'agreed' },
    arrange: ({ sts }) => {
      sts.trust.externalId = 'agreed';
    },
  },
  {
    id: 's3-role',
    when: 'it asks for an external id that is not set',
    status: 'problem',
    code: 'destination-credentials',
    says: 'or set S3_ROLE_EXTERNAL_ID',
    settings: ROLE,
    arrange: ({ sts }) => {
      sts.trust.externalId = 'agreed';
    },
  },
  {
    id: 's3-role',
    when: 'it asks for another external id',
    status: 'problem',
    code: 'destination-credentials',
    says: 'that S3_ROLE_EXTERNAL_ID is the external id which the trust policy asks for',
    settings: { ...ROLE, S3_ROLE_EXTERNAL_ID: 'mistyped' },
    arrange: ({ sts }) => {
      sts.trust.externalId = 'agreed';
    },
  },
  {
    id: 's3-role',
    when: 'it may not be assumed',
    status: 'problem',
    code: 'destination-credentials',
    says: "the worker's own policy allows sts:AssumeRole on it",
    settings: ROLE,
    arrange: ({ sts }) => sts.refuse('AssumeRole', 'AccessDenied'),
  },
  {
    id: 's3-role',
    when: 'STS cannot be reached',
    status: 'problem',
    code: 'destination-unavailable',
    says: 'there must be one for STS',
    settings: { ...ROLE, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' },
  },
  {
    id: 's3-role',
    when: 'STS does not say who it is',
    status: 'warning',
    says: 'into-the-bucket was assumed',
    settings: ROLE,
    arrange: ({ sts }) => sts.refuse('GetCallerIdentity', 'InternalFailure'),
  },
  {
    id: 'clock-aws',
    when: 'the role may not be assumed, which is not its fault',
    status: 'ok',
    says: 'same time',
    settings: ROLE,
    arrange: ({ sts }) => sts.refuse('AssumeRole', 'AccessDenied'),
  },
  {
    id: 's3-write',
    when: 'the bucket has its own key and its callers pay',
    status: 'ok',
    says: 'with S3_ENCRYPTION=aws:kms, S3_BUCKET_KEY=true, S3_REQUESTER_PAYS=true',
    settings: { S3_ENCRYPTION: 'aws:kms', S3_BUCKET_KEY: 'true', S3_REQUESTER_PAYS: 'true' },
  },
];
