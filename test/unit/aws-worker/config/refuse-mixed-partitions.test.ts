import { describe, expect, test } from 'vitest';
import { readWorkerConfig } from '../../../../aws-worker/config.ts';
import type { Environment } from '../../../../shared/environment.ts';

const COMMERCIAL = {
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'source-bucket',
  OSS_ACCESS_KEY_ID: 'id',
  OSS_ACCESS_KEY_SECRET: 'secret',
  S3_BUCKET: 'destination-bucket',
  AWS_REGION: 'eu-central-1',
  SQS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/111122223333/bridge',
  API_TOKEN: '0123456789abcdef',
};
const CHINA = {
  ...COMMERCIAL,
  AWS_REGION: 'cn-northwest-1',
  SQS_QUEUE_URL: 'https://sqs.cn-northwest-1.amazonaws.com.cn/111122223333/bridge',
};
const KMS = { S3_ENCRYPTION: 'aws:kms' };
const NO_KEY = { OSS_ACCESS_KEY_ID: '', OSS_ACCESS_KEY_SECRET: '' };

describe('what is told lies in one partition', () => {
  test.each<Environment>([
    { ...CHINA, S3_REGION: 'cn-north-1', S3_ROLE_ARN: 'arn:aws-cn:iam::111122223333:role/x' },
    { ...CHINA, ...KMS, S3_KMS_KEY_ID: 'arn:aws-cn:kms:cn-north-1:111122223333:key/1' },
    { ...CHINA, SQS_QUEUE_URL: 'http://sqs.local:9324/queue/bridge' },
    { ...COMMERCIAL, SQS_QUEUE_URL: 'https://vpce-0a-b.sqs.us-west-2.vpce.amazonaws.com/111122223333/bridge' },
    { ...CHINA, AWS_ENDPOINT_URL_S3: 'http://minio:9000', S3_REGION: 'us-east-1' },
    {
      ...COMMERCIAL,
      AWS_REGION: 'eusc-de-east-1',
      SQS_QUEUE_URL: 'https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/bridge',
      S3_ROLE_ARN: 'arn:aws-eusc:iam::111122223333:role/x',
    },
    {
      ...COMMERCIAL,
      AWS_REGION: 'us-isob-east-1',
      SQS_QUEUE_URL: 'https://sqs.us-isob-east-1.sc2s.sgov.gov/111122223333/bridge',
      S3_ROLE_ARN: 'arn:aws-iso-b:iam::111122223333:role/x',
    },
    { ...COMMERCIAL, S3_BUCKET: 'arn:aws:s3:eu-central-1:111122223333:accesspoint/writer' },
  ])('%o', environment => {
    expect(() => readWorkerConfig(environment)).not.toThrow();
  });

  test.each<readonly [Environment, string]>([
    [
      { ...COMMERCIAL, S3_REGION: 'cn-north-1' },
      'S3_REGION is in the partition aws-cn, and AWS_REGION=eu-central-1 in aws',
    ],
    [
      { ...CHINA, S3_REGION: 'us-east-1' },
      'S3_REGION is in the partition aws, and AWS_REGION=cn-northwest-1 in aws-cn',
    ],
    [{ ...CHINA, S3_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }, 'S3_ROLE_ARN is in the partition aws,'],
    [{ ...CHINA, ...KMS, S3_KMS_KEY_ID: 'arn:aws:kms:us-east-1:111122223333:key/1' }, 'S3_KMS_KEY_ID is in'],
    [{ ...CHINA, S3_BUCKET: 'arn:aws:s3:us-east-1:111122223333:accesspoint/x' }, 'S3_BUCKET is in'],
    [
      { ...CHINA, ...NO_KEY, OSS_SECRET_ID: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x-1' },
      'OSS_SECRET_ID is in the partition aws,',
    ],
    [{ ...CHINA, ...NO_KEY, OSS_SECRET_ID: 'arn:aws:ssm:us-east-1:111122223333:parameter/x' }, 'OSS_SECRET_ID is in'],
    [{ ...COMMERCIAL, S3_REGION: 'eusc-de-east-1' }, 'S3_REGION is in the partition aws-eusc,'],
    [
      { ...COMMERCIAL, SQS_QUEUE_URL: 'https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/bridge' },
      'SQS_QUEUE_URL is in the partition aws-eusc,',
    ],
    [{ ...COMMERCIAL, SQS_QUEUE_URL: CHINA.SQS_QUEUE_URL }, 'SQS_QUEUE_URL is in the partition aws-cn,'],
    [{ ...CHINA, SQS_BACKFILL_QUEUE_URL: COMMERCIAL.SQS_QUEUE_URL }, 'SQS_BACKFILL_QUEUE_URL is in'],
    [{ ...CHINA, SQS_DEAD_LETTER_QUEUE_URL: COMMERCIAL.SQS_QUEUE_URL }, 'SQS_DEAD_LETTER_QUEUE_URL is in'],
    [
      { ...COMMERCIAL, AWS_REGION: 'us-gov-west-1' },
      'SQS_QUEUE_URL is in the partition aws, and AWS_REGION=us-gov-west-1 in aws-us-gov: no AWS credentials are good in both.',
    ],
  ])('%o is refused', (environment, fault) => {
    expect(() => readWorkerConfig(environment)).toThrow(`1 thing to mend in the environment:\n  - ${fault}`);
  });
});
