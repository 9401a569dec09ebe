import { describe, expect, it } from 'vitest';
import { type InitOptions, readInitSettings } from '../../../../cli/init/init-settings.ts';
import { partitionOf } from '../../../../shared/aws-partition.ts';
import type { Environment } from '../../../../shared/environment.ts';

const REQUIRED = { AWS_REGION: 'us-west-2', S3_BUCKET: 'my-destination' };

describe('the settings of init', () => {
  it('need no more than a region and a bucket', () => {
    expect(readInitSettings(REQUIRED, {})).toMatchObject({
      name: 'oss-s3-bridge',
      region: 'us-west-2',
      functionUserArn: undefined,
      bucket: { name: 'my-destination', region: 'us-west-2', prefix: '', hasTags: false, hasAcl: false },
      ledgerTable: undefined,
    });
  });

  it('say everything that is missing or wrong at once', () => {
    const environment = { S3_BUCKET: 'My Bucket', LEDGER_URL: 'redis:x', COPY_TAGS: 'maybe' };
    expect(() => readInitSettings(environment, { name: 'a b', functionUser: 'alice' })).toThrow(
      expect.objectContaining({
        code: 'invalid-configuration',
        message: expect.stringMatching(
          /^6 things to mend.*AWS_REGION is missing.*--name.*--function-user.*S3_BUCKET is "My Bucket".*COPY_TAGS.*LEDGER_URL is "redis:x"/s,
        ),
      }),
    );
  });

  it.each<[environment: Environment, options: InitOptions, fault: string]>([
    [{ AWS_REGION: 'oss-cn-hangzhou' }, {}, 'AWS_REGION is "oss-cn-hangzhou"'],
    [{ AWS_REGION: 'us-west' }, {}, 'it looks like us-west-2 or cn-north-1'],
    [{}, { name: 'bridge.fifo' }, 'is that of a FIFO queue'],
    [{}, { name: 'x'.repeat(68) }, '1 to 67 letters'],
    [{}, { functionUser: 'arn:aws:iam::111122223333:root' }, 'the ARN of one IAM user'],
    [{}, { functionUser: '*' }, 'the ARN of one IAM user'],
    [{}, { functionUser: 'arn:aws-cn:iam::111122223333:user/f' }, 'is of the partition aws-cn'],
    [{}, { workerRole: 'worker' }, 'arn:aws:iam::111122223333:role/oss-s3-bridge-worker'],
    [{ S3_ROLE_ARN: 'bridge-writer' }, {}, 'it looks like arn:aws:iam::111122223333:role/name'],
    [{ S3_ROLE_ARN: 'arn:aws-cn:iam::444455556666:role/r' }, {}, 'S3_ROLE_ARN is in the partition aws-cn'],
    [{ S3_ROLE_EXTERNAL_ID: 'agreed' }, {}, 'without S3_ROLE_ARN'],
    [{ OSS_SECRET_ID: 'a secret' }, {}, 'the name or ARN of a secret'],
    [{ OSS_SECRET_ID: 'arn:aws-cn:ssm:cn-north-1:111122223333:parameter/x' }, {}, 'in the partition aws-cn'],
    [{ S3_BUCKET: 'arn:aws:s3:us-west-2:1:accesspoint/x' }, {}, 'is an access point'],
    [{ LEDGER_URL: 'dynamodb:a' }, {}, '3 to 255'],
  ])('refuse %j with %j', (environment, options, fault) => {
    expect(() => readInitSettings({ ...REQUIRED, ...environment }, options)).toThrow(fault);
  });

  it('take a table of LEDGER_URL, and another region for the bucket', () => {
    const environment = { ...REQUIRED, LEDGER_URL: 'dynamodb:ledger', S3_REGION: 'eu-central-1' };
    const { ledgerTable, bucket } = readInitSettings(environment, {});
    expect(ledgerTable?.table.TableName).toBe('ledger');
    expect(bucket.region).toBe('eu-central-1');
  });
});

describe('a region', () => {
  it.each([
    ['us-west-2', 'aws', 'amazonaws.com'],
    ['eu-central-1', 'aws', 'amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ])('%s belongs to %s', (region, name, dnsSuffix) => {
    expect(partitionOf(region)).toEqual({ name, dnsSuffix });
  });
});
