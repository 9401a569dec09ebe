// Those who go by hand get the same policies: fill.sh and `bridge init` fill the same files by the same rules.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fillTemplate, missingValues, PLACEHOLDERS } from '../../../cli/init/fill-template.ts';
import { readInitSettings } from '../../../cli/init/init-settings.ts';
import { templateValues } from '../../../cli/init/template-values.ts';

const FOLDER = fileURLToPath(new URL('../../../deploy/policies/', import.meta.url));
const FILES = readdirSync(FOLDER).filter(file => file.endsWith('.json'));
const ACCOUNT_ID = '111122223333';
const ENVIRONMENT = {
  AWS_REGION: 'us-west-2',
  S3_BUCKET: 'my-destination',
  S3_PREFIX: 'from "oss"/a*b?$|&\\/',
  OSS_BUCKET: 'my-source',
  OSS_PREFIX: '照片/',
  OSS_REGION: 'cn-hangzhou',
  ALIYUN_ACCOUNT_ID: '1000000000000001',
  LEDGER_URL: 'dynamodb:ledger',
  S3_KMS_KEY_ID: '1234',
  S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/bridge-writer',
  S3_ROLE_EXTERNAL_ID: 'agreed/on+it',
};
const OF_PARAMETER = 'aws-worker-parameter.json';
const FUNCTION_USER = `arn:aws:iam::${ACCOUNT_ID}:user/f`;
/** What init knows by itself. */
const BY_HAND = {
  AWS_ACCOUNT_ID: ACCOUNT_ID,
  QUEUE_NAME: 'some-queue',
  LEDGER_TABLE: 'ledger',
  S3_KMS_KEY_ARN: 'arn:aws:kms:us-west-2:444455556666:key/1234',
  QUEUE_KMS_KEY_ARN: `arn:aws:kms:us-west-2:${ACCOUNT_ID}:key/5678`,
};

async function fillSh(file: string, environment: Readonly<Record<string, string>>): Promise<unknown> {
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout } = await promisify(execFile)('sh', [`${FOLDER}fill.sh`, file], { env });
  return JSON.parse(stdout);
}

function fillHere(file: string, environment: Readonly<Record<string, string>>, partition: string): unknown {
  const functionUser = FUNCTION_USER.replace('arn:aws:', `arn:${partition}:`);
  const settings = readInitSettings(environment, {
    functionUser,
    queueKmsKey: '5678',
  });
  const values = { ...templateValues(settings, { accountId: ACCOUNT_ID, arn: '' }), QUEUE_NAME: 'some-queue' };
  const template = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8'));
  expect(missingValues(template, values)).toEqual([]);
  return fillTemplate(template, values);
}

describe('fill.sh', () => {
  it.each(FILES)('fills %s as init does', async file => {
    const environment = { ...ENVIRONMENT, OSS_SECRET_ID: file === OF_PARAMETER ? 'ssm:/bridge/oss' : 'bridge/oss' };
    const filled = await fillSh(file, { ...environment, ...BY_HAND, FUNCTION_USER_ARN: FUNCTION_USER });
    expect(filled).toEqual(fillHere(file, environment, 'aws'));
    for (const name of PLACEHOLDERS) expect(JSON.stringify(filled)).not.toContain(name);
  });

  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
  ])('knows the partition of %s', async (AWS_REGION, partition) => {
    const S3_ROLE_ARN = ENVIRONMENT.S3_ROLE_ARN.replace('arn:aws:', `arn:${partition}:`);
    const environment = { ...ENVIRONMENT, AWS_REGION, S3_ROLE_ARN, OSS_SECRET_ID: 'bridge/oss' };
    const files = ['aws-worker-secret.json', 'aws-s3-role-trust.json', 'aws-keda.json'];
    for (const file of [...files, 'aws-worker.json', 'aws-queue-attributes.json', 'aws-worker-trust.json']) {
      expect(await fillSh(file, { ...environment, ...BY_HAND })).toEqual(fillHere(file, environment, partition));
    }
  });

  it('takes the region of OSS with oss- before it, as everything else does', async () => {
    const environment = { ...ENVIRONMENT, OSS_REGION: 'oss-cn-hangzhou' };
    for (const file of FILES.filter(name => name.startsWith('aliyun-'))) {
      const filled = await fillSh(file, environment);
      expect(filled).toEqual(fillHere(file, environment, 'aws'));
      expect(JSON.stringify(filled)).not.toContain('oss-cn-hangzhou');
    }
  });

  it('follows names of your own', async () => {
    const own = { FUNCTION_NAME: 'mine', FAILURE_QUEUE: 'failed', LOG_PROJECT: 'logs', LOG_STORE: 'lines' };
    const environment = { ...ENVIRONMENT, ...own };
    for (const file of FILES.filter(name => name.startsWith('aliyun-'))) {
      expect(await fillSh(file, environment)).toEqual(fillHere(file, environment, 'aws'));
    }
  });

  it.each([
    ['bridge/oss'],
    ['oss-abcdef'],
    ['arn:aws:secretsmanager:us-west-2:111122223333:secret:oss-a1B2c3'],
    ['arn:aws:secretsmanager:us-west-2:111122223333:secret:bridge/oss'],
    ['arn:aws:secretsmanager:us-west-2:111122223333:secret:a-bridge/o'],
    ['ssm:/bridge/oss'],
    ['ssm:oss'],
    ['arn:aws:ssm:eu-west-1:999900001111:parameter/oss'],
  ])('names the secret %s as init does', async OSS_SECRET_ID => {
    const environment = { ...ENVIRONMENT, OSS_SECRET_ID };
    const file = OSS_SECRET_ID.includes('ssm:') ? OF_PARAMETER : 'aws-worker-secret.json';
    expect(await fillSh(file, { ...environment, ...BY_HAND })).toEqual(fillHere(file, environment, 'aws'));
  });

  it('names another role of the worker', async () => {
    const WORKER_ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/other`;
    expect(await fillSh('aws-s3-role-trust.json', { ...ENVIRONMENT, ...BY_HAND, WORKER_ROLE_ARN })).toMatchObject({
      Statement: [{ Principal: { AWS: WORKER_ROLE_ARN } }],
    });
  });

  it('stops where a value is missing, and says which', async () => {
    await expect(fillSh('aws-worker.json', { AWS_REGION: 'us-west-2', S3_BUCKET: 'b' })).rejects.toMatchObject({
      code: 1,
      stderr: 'aws-worker.json needs AWS_ACCOUNT_ID in the environment\n',
    });
    await expect(fillSh('nothing.json', {})).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage'),
    });
  });
});
