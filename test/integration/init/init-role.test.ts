// With S3_ROLE_ARN the bucket is another account's: init asks S3 as that role, and leaves the rule to the bucket's owner where the role is not for that.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextStep } from '../../../cli/init/conclude.ts';
import { type InitCloud, startInitCloud } from './init-cloud.ts';

const ROLE = 'arn:aws:iam::444455556666:role/bridge-writer';
const environment = { S3_ROLE_ARN: ROLE, S3_ROLE_EXTERNAL_ID: 'agreed' };
const ERROR = '<Error><Code>AccessDenied</Code><Message>no</Message></Error>';
const DENIED_BY_STS = { status: 403, body: `<ErrorResponse>${ERROR}</ErrorResponse>` };
const DENIED_BY_S3 = { status: 403, body: ERROR };

let cloud: InitCloud;
beforeEach(async () => {
  cloud = await startInitCloud({ isBucketOfOthers: true });
  cloud.sts.trust.externalId = 'agreed';
});
afterEach(() => cloud.close());

const statesOf = (report: Awaited<ReturnType<InitCloud['run']>>) => report.resources.map(({ state }) => state);

describe('the lifecycle rule of a bucket that a role is assumed for', () => {
  it('is made as that role, with its external id', async () => {
    const report = await cloud.run({ environment });
    expect(statesOf(report)).toEqual(['created', 'created', 'created', 'created']);
    expect(cloud.sts.assumptions).toEqual([{ roleArn: ROLE, externalId: 'agreed', accessKeyId: 'AKIAINIT' }]);
    expect(statesOf(await cloud.run({ environment }))).toEqual(['exists', 'exists', 'exists', 'exists']);
  });

  it('is asked for as whoever runs init where there is no role', async () => {
    await expect(cloud.run()).rejects.toMatchObject({ code: 'aws-credentials' });
    expect(cloud.sts.assumptions).toEqual([]);
  });

  it.each([
    ['the role may not be assumed', 'sts AssumeRole', DENIED_BY_STS],
    ['the rules may not be looked at', 's3 GetBucketLifecycleConfiguration', DENIED_BY_S3],
    ['no rule may be made', 's3 PutBucketLifecycleConfiguration', DENIED_BY_S3],
  ])('is left to its owner, and all else is made, when %s', async (_, denied, answer) => {
    cloud.decide = call => (call === denied ? answer : undefined);
    const report = await cloud.run({ environment });
    expect(statesOf(report)).toEqual(['created', 'created', 'created', 'left']);
    expect(report.resources.at(-1)?.note).toContain('whoever owns my-destination adds the rule');
    expect(nextStep(report.resources, { yes: true, update: false })).toBe('What is left to others, its line says.');
  });

  it('says what the role was denied for', async () => {
    cloud.decide = call => (call === 'sts AssumeRole' ? DENIED_BY_STS : undefined);
    const report = await cloud.run({ environment });
    expect(report.resources.at(-1)?.note).toContain(
      'that S3_ROLE_EXTERNAL_ID is the external id which the trust policy asks',
    );
  });

  it.each(['ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'RegionDisabledException'])(
    'is not left when STS says %s, which is about whoever runs init; and nothing is made',
    async code => {
      const body = DENIED_BY_STS.body.replace('AccessDenied', code);
      cloud.decide = call => (call === 'sts AssumeRole' ? { ...DENIED_BY_STS, body } : undefined);
      await expect(cloud.run({ environment })).rejects.toMatchObject({ code: 'destination-credentials' });
      expect(cloud.calls).not.toContain('sqs CreateQueue');
    },
  );

  it('is a matter of trying again when STS does not answer, before anything is made', async () => {
    cloud.decide = call => (call === 'sts AssumeRole' ? 'cut' : undefined);
    await expect(cloud.run({ environment })).rejects.toMatchObject({ code: 'destination-unavailable' });
    expect(cloud.calls).not.toContain('sqs CreateQueue');
  });
});

it('the lines for .env keep what the environment has', async () => {
  const kept = { ...environment, OSS_SECRET_ID: 'bridge/oss', S3_ENCRYPTION: 'aws:kms', S3_BUCKET_KEY: 'true' };
  const report = await cloud.run({ environment: kept });
  expect(report.environment?.worker).toMatchObject(kept);
});
