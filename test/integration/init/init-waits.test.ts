// What AWS shows late, what somebody else made meanwhile, and what is there in some other form.

import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineLedgerTable } from '../../../cli/init/dynamodb-ledger-table.ts';
import type { StubTable } from '../../fakes/dynamodb-tables-stub.ts';
import type { RelayFault } from '../../fakes/http-relay.ts';
import { ACCOUNT_ID, BUCKET, type InitCloud, startInitCloud, TABLE } from './init-cloud.ts';

const WITH_TABLE = { LEDGER_URL: `dynamodb:${TABLE}` };

let cloud: InitCloud;
beforeEach(async () => {
  cloud = await startInitCloud();
});
afterEach(() => cloud.close());

const json = (status: number, body: object): RelayFault => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/x-amz-json-1.0' },
});
const allEqual = async () => (await cloud.run()).resources.every(({ state }) => state === 'exists');

describe('SQS that shows late', () => {
  it('attributes of a new queue is waited for', async () => {
    let stale = 3;
    cloud.decide = call => {
      const isLook = call === 'sqs GetQueueAttributes' && cloud.calls.includes('sqs CreateQueue');
      return isLook && stale-- > 0 ? json(200, { Attributes: { VisibilityTimeout: '30' } }) : undefined;
    };
    const report = await cloud.run();
    expect(report.resources.every(({ state }) => state === 'created')).toBe(true);
    expect(stale).toBeLessThan(0);
  });

  it('a new queue at all is waited for', async () => {
    let missing = 2;
    cloud.decide = call => {
      const isLook = call === 'sqs GetQueueAttributes' && cloud.calls.includes('sqs CreateQueue');
      const error = { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' };
      return isLook && missing-- > 0 ? json(400, error) : undefined;
    };
    expect((await cloud.run()).resources.every(({ state }) => state === 'created')).toBe(true);
  });

  it('a new dead-letter queue to whoever names it is waited for', async () => {
    let unknown = 2;
    cloud.decide = (call, _count, { body }) => {
      const isNamed = call === 'sqs CreateQueue' && body.includes('RedrivePolicy');
      const message = 'Value {…} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.';
      const error = { __type: 'com.amazon.coral.service#InvalidParameterValueException', message };
      return isNamed && unknown-- > 0 ? json(400, error) : undefined;
    };
    expect((await cloud.run()).resources.every(({ state }) => state === 'created')).toBe(true);
    expect(unknown).toBeLessThan(0);
  });

  it('no new queue for longer than anybody waits ends init with a sentence, and the next run goes on', async () => {
    const error = { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' };
    cloud.decide = call => (call === 'sqs GetQueueAttributes' ? json(400, error) : undefined);
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 20 };
    await expect(cloud.run({ patience })).rejects.toMatchObject({ kind: 'retryable', code: 'not-shown-yet' });
    cloud.decide = () => undefined;
    await cloud.run();
    expect(await allEqual()).toBe(true);
  });

  it('other settings for longer than anybody waits says which, and goes on with the rest', async () => {
    cloud.decide = call =>
      call === 'sqs GetQueueAttributes' ? json(200, { Attributes: { VisibilityTimeout: '30' } }) : undefined;
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 20 };
    const report = await cloud.run({ patience });
    expect(report.resources[0]).toMatchObject({
      state: 'differs',
      note: expect.stringContaining('It was made just now'),
      differences: expect.arrayContaining([expect.objectContaining({ setting: 'MessageRetentionPeriod' })]),
    });
    cloud.decide = () => undefined;
    await cloud.run();
    expect(await allEqual()).toBe(true);
  });
});

describe('somebody else who makes the same meanwhile', () => {
  it('with other settings is told', async () => {
    cloud.decide = call => {
      const error = { __type: 'com.amazonaws.sqs#QueueNameExists', message: 'A queue already exists' };
      return call === 'sqs CreateQueue' ? json(400, error) : undefined;
    };
    await expect(cloud.run()).rejects.toMatchObject({
      code: 'queue-made-meanwhile',
      message: expect.stringContaining('Run init again: it shows the differences.'),
    });
  });

  it('and a policy that names nobody who exists say what to do', async () => {
    cloud.decide = call => {
      const message = 'Invalid value for the parameter Policy.';
      const error = { __type: 'com.amazonaws.sqs#InvalidAttributeValue', message };
      return call === 'sqs CreateQueue' ? json(400, error) : undefined;
    };
    await expect(cloud.run()).rejects.toMatchObject({
      code: 'queue-policy-refused',
      message: expect.stringContaining('aws iam create-user'),
    });
  });
});

describe('the lifecycle rule', () => {
  const put = (given: Partial<PutBucketLifecycleConfigurationCommandInput>) =>
    cloud.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, ...given }));
  const get = () => cloud.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }));

  it('is added to the rules of others, which stay, with what holds for all of them', async () => {
    const theirs = {
      ID: 'logs',
      Status: 'Enabled',
      Filter: { And: { Prefix: 'logs/', Tags: [{ Key: 'a', Value: 'b' }], ObjectSizeGreaterThan: 1024 } },
      Transitions: [{ Days: 30, StorageClass: 'GLACIER' }],
      Expiration: { Date: new Date('2030-01-01T00:00:00Z') },
      NoncurrentVersionExpiration: { NoncurrentDays: 9, NewerNoncurrentVersions: 2 },
    } as const;
    await put({
      LifecycleConfiguration: {
        Rules: [
          {
            ...theirs,
            Filter: { And: { ...theirs.Filter.And, Tags: [...theirs.Filter.And.Tags] } },
            Transitions: [...theirs.Transitions],
          },
        ],
      },
      TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    });
    const before = await get();
    await cloud.run();
    const after = await get();
    expect(after.Rules).toEqual([
      ...(before.Rules ?? []),
      {
        ID: 'oss-s3-bridge-abandoned-uploads',
        Status: 'Enabled',
        Filter: { Prefix: 'from-oss/' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    expect(after.TransitionDefaultMinimumObjectSize).toBe('varies_by_storage_class');
  });

  it('takes the older form among rules of the older form', async () => {
    const Rules = [{ ID: 'old', Status: 'Enabled' as const, Prefix: 'logs/', Expiration: { Days: 1 } }];
    await put({ LifecycleConfiguration: { Rules } });
    await cloud.run();
    expect((await get()).Rules?.map(({ ID, Prefix }) => [ID, Prefix])).toEqual([
      ['old', 'logs/'],
      ['oss-s3-bridge-abandoned-uploads', 'from-oss/'],
    ]);
    expect(await allEqual()).toBe(true);
  });

  it('is there where another rule does it, and says which', async () => {
    const AbortIncompleteMultipartUpload = { DaysAfterInitiation: 14 };
    const Rules = [{ ID: 'all', Status: 'Enabled' as const, Filter: { Prefix: '' }, AbortIncompleteMultipartUpload }];
    await put({ LifecycleConfiguration: { Rules } });
    const report = await cloud.run();
    expect(report.resources.at(-1)).toMatchObject({
      state: 'exists',
      note: 'rule all ends uploads under "" after 14 days',
    });
    expect((await get()).Rules).toHaveLength(1);
  });

  it('of a bucket that is not there, or elsewhere, says so', async () => {
    await expect(cloud.run({ environment: { S3_BUCKET: 'not-there' } })).rejects.toMatchObject({
      code: 'destination-bucket-missing',
      message: expect.stringContaining('aws s3 mb'),
    });
    cloud.decide = call => {
      const body = '<Error><Code>PermanentRedirect</Code><Message>no</Message><Region>eu-west-3</Region></Error>';
      const headers = { 'content-type': 'application/xml', 'x-amz-bucket-region': 'eu-west-3' };
      return call.startsWith('s3 ') ? { status: 301, body, headers } : undefined;
    };
    await expect(cloud.run()).rejects.toMatchObject({
      code: 'destination-region',
      message: expect.stringContaining('set S3_REGION=eu-west-3'),
    });
  });
});

describe('the ledger table', () => {
  const tableOf = (own: Partial<StubTable>): StubTable => ({
    input: { ...defineLedgerTable(TABLE).table },
    status: 'ACTIVE',
    looksLeft: 0,
    timeToLive: { status: 'DISABLED' },
    recovery: false,
    ...own,
  });
  const statesOf = async (update = false) =>
    (await cloud.run({ environment: WITH_TABLE, update })).resources.slice(3, 6).map(({ state }) => state);

  it('that is still being made is waited for, and finished', async () => {
    cloud.tables.set(TABLE, tableOf({ status: 'CREATING', looksLeft: 3 }));
    expect(await statesOf()).toEqual(['created', 'created', 'created']);
    expect(cloud.tables.get(TABLE)).toMatchObject({ status: 'ACTIVE', recovery: true });
  });

  it('that has all but its time to live is finished', async () => {
    cloud.tables.set(TABLE, tableOf({ recovery: true }));
    expect(await statesOf()).toEqual(['exists', 'created', 'exists']);
  });

  it('whose rows end by another attribute is told', async () => {
    cloud.tables.set(TABLE, tableOf({ timeToLive: { status: 'ENABLED', attribute: 'ttl' } }));
    expect(await statesOf()).toEqual(['exists', 'differs', 'created']);
  });

  it('without deletion protection is told, and protected where that was asked for', async () => {
    const input = { ...defineLedgerTable(TABLE).table, DeletionProtectionEnabled: false };
    cloud.tables.set(TABLE, tableOf({ input }));
    expect(await statesOf()).toEqual(['differs', 'created', 'created']);
    expect(await statesOf(true)).toEqual(['updated', 'exists', 'exists']);
    expect(cloud.tables.get(TABLE)?.input).toMatchObject({ DeletionProtectionEnabled: true });
  });

  it('that is being deleted blocks everything', async () => {
    cloud.tables.set(TABLE, tableOf({ status: 'DELETING' }));
    const report = await cloud.run({ environment: WITH_TABLE });
    expect(report.resources.map(({ state }) => state).slice(0, 4)).toEqual(['create', 'create', 'create', 'blocked']);
    expect(cloud.calls).not.toContain('sqs CreateQueue');
  });
});

describe('keys of another partition', () => {
  it('are refused before anything is asked of anybody else', async () => {
    const other = await startInitCloud({ arn: `arn:aws-cn:iam::${ACCOUNT_ID}:user/alice` });
    await expect(other.run()).rejects.toMatchObject({
      code: 'aws-credentials',
      message: expect.stringContaining('of the partition aws-cn, and AWS_REGION=us-west-2 is of aws'),
    });
    expect(other.calls).toEqual(['sts GetCallerIdentity']);
    await other.close();
  });

  it('of their own region make resources of that partition', async () => {
    const china = await startInitCloud({ arn: `arn:aws-cn:iam::${ACCOUNT_ID}:user/alice`, region: 'cn-north-1' });
    const report = await china.run();
    expect(report.resources.every(({ state }) => state === 'created')).toBe(true);
    expect(JSON.stringify(await china.state())).toContain(`arn:aws-cn:sqs:cn-north-1:${ACCOUNT_ID}:oss-s3-bridge`);
    await china.close();
  });
});
