import { CreateQueueCommand, DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT_ID,
  BUCKET,
  type InitCloud,
  REGION,
  startInitCloud,
  TABLE,
  tableWithAnotherKey,
} from './init-cloud.ts';

const FUNCTION_USER = `arn:aws:iam::${ACCOUNT_ID}:user/oss-s3-bridge-function`;
const WITH_TABLE = { LEDGER_URL: `dynamodb:${TABLE}` };
const arnOf = (queue: string) => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queue}`;

let cloud: InitCloud;
beforeEach(async () => {
  cloud = await startInitCloud();
});
afterEach(() => cloud.close());

const statesOf = ({ resources }: Awaited<ReturnType<InitCloud['run']>>) =>
  resources.map(({ kind, name, state }) => `${state} ${kind} ${name}`);

describe('init', () => {
  it('shows what it would make, and in whose account, and changes nothing', async () => {
    const before = await cloud.state();
    const report = await cloud.run({ apply: false, environment: WITH_TABLE });
    expect(report.identity).toEqual({
      accountId: ACCOUNT_ID,
      arn: `arn:aws:iam::${ACCOUNT_ID}:user/alice`,
      region: REGION,
      partition: 'aws',
    });
    expect(statesOf(report)).toEqual([
      'create queue oss-s3-bridge-dead-letters',
      'create queue oss-s3-bridge',
      'create queue oss-s3-bridge-backfill',
      `create table ${TABLE}`,
      `create time to live of table ${TABLE}`,
      `create recovery of table ${TABLE}`,
      'create lifecycle rule oss-s3-bridge-abandoned-uploads',
    ]);
    expect(await cloud.state()).toEqual(before);
    expect(cloud.calls.filter(call => /Create|Put|Set|Update/.test(call))).toEqual([]);
  });

  it('makes all of it, and finds it equal the next time', async () => {
    const made = await cloud.run({ environment: WITH_TABLE, options: { functionUser: FUNCTION_USER } });
    expect(new Set(made.resources.map(({ state }) => state))).toEqual(new Set(['created']));
    const state = await cloud.state();
    cloud.calls.length = 0;
    const again = await cloud.run({ environment: WITH_TABLE, options: { functionUser: FUNCTION_USER } });
    expect(new Set(again.resources.map(({ state: found }) => found))).toEqual(new Set(['exists']));
    expect(cloud.calls.filter(call => /Create|Put|Set|Update/.test(call))).toEqual([]);
    expect(await cloud.state()).toEqual(state);
  });

  it('makes the queues for 14 days, with encryption, redrive, and a policy for exactly the sender', async () => {
    await cloud.run({ options: { functionUser: FUNCTION_USER } });
    const tlsOnly = (queue: string) => ({
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: arnOf(queue),
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    const { queues } = JSON.parse(JSON.stringify(await cloud.state())) as {
      queues: Record<string, Record<string, string>>;
    };
    const policyOf = (queue: string) => JSON.parse(queues[queue]?.Policy ?? '');
    expect(Object.keys(queues)).toEqual(['oss-s3-bridge', 'oss-s3-bridge-backfill', 'oss-s3-bridge-dead-letters']);
    for (const queue of ['oss-s3-bridge', 'oss-s3-bridge-backfill']) {
      expect(queues[queue]).toMatchObject({
        MessageRetentionPeriod: '1209600',
        VisibilityTimeout: '300',
        SqsManagedSseEnabled: 'true',
      });
      expect(JSON.parse(queues[queue]?.RedrivePolicy ?? '')).toEqual({
        deadLetterTargetArn: arnOf('oss-s3-bridge-dead-letters'),
        maxReceiveCount: 10,
      });
    }
    expect(queues['oss-s3-bridge-dead-letters']).toMatchObject({ MessageRetentionPeriod: '1209600' });
    expect(JSON.parse(queues['oss-s3-bridge-dead-letters']?.RedriveAllowPolicy ?? '')).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [arnOf('oss-s3-bridge'), arnOf('oss-s3-bridge-backfill')],
    });
    expect(policyOf('oss-s3-bridge').Statement).toEqual([
      {
        Sid: 'SendEvents',
        Effect: 'Allow',
        Principal: { AWS: FUNCTION_USER },
        Action: 'sqs:SendMessage',
        Resource: arnOf('oss-s3-bridge'),
      },
      tlsOnly('oss-s3-bridge'),
    ]);
    expect(policyOf('oss-s3-bridge-backfill').Statement).toEqual([tlsOnly('oss-s3-bridge-backfill')]);
    expect(policyOf('oss-s3-bridge-dead-letters').Statement).toEqual([tlsOnly('oss-s3-bridge-dead-letters')]);
  });

  it('encrypts the queues with a key where one is named, and finds them equal by its alias', async () => {
    const options = { queueKmsKey: 'alias/bridge' };
    await cloud.run({ options });
    const { queues } = (await cloud.state()) as { queues: Record<string, Record<string, string>> };
    expect(queues['oss-s3-bridge']).toMatchObject({ KmsMasterKeyId: 'alias/bridge', SqsManagedSseEnabled: 'false' });
    const again = await cloud.run({
      options: { queueKmsKey: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:alias/bridge` },
    });
    expect(again.resources.every(({ state }) => state === 'exists')).toBe(true);
  });

  it('makes names of its own of --name', async () => {
    const report = await cloud.run({ options: { name: 'second' } });
    expect(report.resources.map(({ name }) => name)).toEqual([
      'second-dead-letters',
      'second',
      'second-backfill',
      'second-abandoned-uploads',
    ]);
    expect(report.environment?.worker.SQS_QUEUE_URL).toMatch(/\/111122223333\/second$/);
  });

  it('gives the lines of both .env files, and no secret', async () => {
    const report = await cloud.run({ environment: { ...WITH_TABLE, OSS_ACCESS_KEY_SECRET: 'must-not-be-seen' } });
    const [live, backfill] = ['oss-s3-bridge', 'oss-s3-bridge-backfill'].map(name =>
      expect.stringMatching(`/${name}$`),
    );
    expect(report.environment).toEqual({
      worker: {
        AWS_REGION: REGION,
        S3_BUCKET: BUCKET,
        S3_PREFIX: 'from-oss/',
        SQS_QUEUE_URL: live,
        SQS_BACKFILL_QUEUE_URL: backfill,
        LEDGER_URL: `dynamodb:${TABLE}`,
      },
      function: {
        ALIYUN_ACCOUNT_ID: '1000000000000001',
        OSS_REGION: 'cn-hangzhou',
        OSS_BUCKET: 'my-source',
        QUEUE_URL: live,
        REGION_NAME: REGION,
      },
    });
    expect(JSON.stringify(report)).not.toContain('must-not-be-seen');
  });

  it('says where .env names other queues', async () => {
    const own = 'https://sqs.us-west-2.amazonaws.com/111122223333/another';
    const { warnings } = await cloud.run({ environment: { SQS_QUEUE_URL: own } });
    expect(warnings).toEqual([expect.stringContaining(`SQS_QUEUE_URL is ${own}, another queue than`)]);
    const same = 'https://sqs.us-west-2.amazonaws.com/111122223333/oss-s3-bridge';
    expect((await cloud.run({ environment: { SQS_QUEUE_URL: same } })).warnings).toEqual([]);
  });
});

describe('what exists with other settings', () => {
  const urlOf = async (name: string, attributes: Record<string, string> = {}) =>
    (await cloud.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))).QueueUrl;

  it('is told setting by setting, and not changed', async () => {
    await urlOf('oss-s3-bridge', { VisibilityTimeout: '30', DelaySeconds: '5', MaximumMessageSize: '2048' });
    const report = await cloud.run();
    expect(statesOf(report)).toEqual([
      'created queue oss-s3-bridge-dead-letters',
      'differs queue oss-s3-bridge',
      'created queue oss-s3-bridge-backfill',
      'created lifecycle rule oss-s3-bridge-abandoned-uploads',
    ]);
    const differences = report.resources[1]?.differences.map(({ setting, is }) => [setting, is]);
    expect(differences).toEqual([
      ['MessageRetentionPeriod', '345600'],
      ['VisibilityTimeout', '30'],
      ['RedrivePolicy', 'none'],
      ['Policy', 'none'],
      ['DelaySeconds', '5'],
      ['MaximumMessageSize', '2048'],
    ]);
    expect(cloud.calls).not.toContain('sqs SetQueueAttributes');
  });

  it('is changed with update where nobody can be worse off, and told where somebody could', async () => {
    await urlOf('other');
    await urlOf('oss-s3-bridge', { VisibilityTimeout: '30' });
    await urlOf('oss-s3-bridge-backfill', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('other'), maxReceiveCount: 3 }),
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
    });
    const report = await cloud.run({ update: true });
    expect(statesOf(report).slice(0, 3)).toEqual([
      'created queue oss-s3-bridge-dead-letters',
      'updated queue oss-s3-bridge',
      'differs queue oss-s3-bridge-backfill',
    ]);
    expect(report.resources[2]?.differences.map(({ setting, isSafe }) => [setting, isSafe])).toEqual([
      ['RedrivePolicy', false],
      ['Policy', false],
    ]);
    const again = await cloud.run();
    expect(statesOf(again)[1]).toBe('exists queue oss-s3-bridge');
  });

  it('is not changed by update without yes', async () => {
    await urlOf('oss-s3-bridge', { VisibilityTimeout: '30' });
    const before = await cloud.state();
    await cloud.run({ apply: false, update: true });
    expect(await cloud.state()).toEqual(before);
  });

  it('is what somebody changed after init made it', async () => {
    const made = await cloud.run();
    const Attributes = { SqsManagedSseEnabled: 'false', Policy: '' };
    const QueueUrl = made.environment?.worker.SQS_QUEUE_URL;
    await cloud.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const report = await cloud.run();
    expect(report.resources[1]?.differences.map(({ setting, is }) => [setting, is])).toEqual([
      ['SqsManagedSseEnabled', 'none'],
      ['Policy', 'none'],
    ]);
  });
});

describe('a name that is taken', () => {
  it('for 60 seconds after a queue was deleted says so', async () => {
    await cloud.run();
    const url = (await cloud.run()).environment?.worker.SQS_BACKFILL_QUEUE_URL ?? '';
    await cloud.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(cloud.run()).rejects.toMatchObject({
      code: 'queue-deleted-recently',
      kind: 'retryable',
      message: expect.stringContaining('oss-s3-bridge-backfill was deleted less than 60 seconds ago'),
    });
  });

  it('by a table with another key blocks, and nothing at all is made', async () => {
    cloud.tables.set(TABLE, tableWithAnotherKey());
    const before = await cloud.state();
    const report = await cloud.run({ environment: WITH_TABLE });
    expect(report.resources.find(({ kind }) => kind === 'table')).toMatchObject({
      state: 'blocked',
      note: expect.stringContaining('its key is id (N), and the ledger needs group (S) + row (S)'),
    });
    expect(await cloud.state()).toEqual(before);
  });
});
