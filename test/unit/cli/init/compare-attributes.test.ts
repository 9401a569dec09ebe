import { describe, expect, it } from 'vitest';
import { type Attributes, compareAttributes } from '../../../../cli/init/compare-attributes.ts';

const DEAD_LETTERS = 'arn:aws:sqs:us-west-2:111122223333:dead';
const redrive = (target: string, maxReceiveCount: number | string) =>
  JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount });
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'A',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::1:user/f' },
      Action: 'sqs:SendMessage',
      Resource: 'q',
    },
    { Sid: 'B', Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: 'q' },
  ],
});
const WANTED: Attributes = {
  MessageRetentionPeriod: '1209600',
  VisibilityTimeout: '300',
  SqsManagedSseEnabled: 'true',
  RedrivePolicy: redrive(DEAD_LETTERS, 10),
  Policy: POLICY,
};
/** As SQS shows a queue that was made with it. */
const EQUAL: Attributes = { ...WANTED, DelaySeconds: '0', MaximumMessageSize: '1048576', QueueArn: 'q' };

const without = (name: string): Attributes => {
  const { [name]: _, ...others } = EQUAL;
  return others;
};

describe('a queue that exists', () => {
  it.each<[what: string, found: Attributes]>([
    ['as it was made', EQUAL],
    ['with a count that is a text', { ...EQUAL, RedrivePolicy: redrive(DEAD_LETTERS, '10') }],
    ['with the old limit of 256 KiB', { ...EQUAL, MaximumMessageSize: '262144' }],
    [
      'with the same policy in another order and spelling',
      {
        ...EQUAL,
        Policy: JSON.stringify({
          Id: 'made-by-aws',
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Deny', Sid: 'B', Action: ['sqs:*'], Principal: { AWS: '*' }, Resource: ['q'] },
            {
              Resource: 'q',
              Sid: 'A',
              Effect: 'Allow',
              Principal: { AWS: ['arn:aws:iam::1:user/f'] },
              Action: 'sqs:SendMessage',
            },
          ],
        }),
      },
    ],
  ])('%s is equal', (_what, found) => {
    expect(compareAttributes(WANTED, found)).toEqual([]);
  });

  it.each<[what: string, found: Attributes, differences: [setting: string, is: string, isSafe: boolean][]]>([
    ['four days', { ...EQUAL, MessageRetentionPeriod: '345600' }, [['MessageRetentionPeriod', '345600', true]]],
    ['30 s', { ...EQUAL, VisibilityTimeout: '30' }, [['VisibilityTimeout', '30', true]]],
    ['no encryption', { ...EQUAL, SqsManagedSseEnabled: 'false' }, [['SqsManagedSseEnabled', 'none', true]]],
    [
      "somebody's key",
      { ...EQUAL, SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'alias/x' },
      [['SqsManagedSseEnabled', 'KMS key alias/x', false]],
    ],
    ['no dead-letter queue', without('RedrivePolicy'), [['RedrivePolicy', 'none', true]]],
    [
      'another dead-letter queue',
      { ...EQUAL, RedrivePolicy: redrive('arn:other', 10) },
      [['RedrivePolicy', 'after 10 receives to arn:other', false]],
    ],
    [
      'fewer receives',
      { ...EQUAL, RedrivePolicy: redrive(DEAD_LETTERS, 3) },
      [['RedrivePolicy', `after 3 receives to ${DEAD_LETTERS}`, true]],
    ],
    ['a redrive policy that nobody can read', { ...EQUAL, RedrivePolicy: '{' }, [['RedrivePolicy', 'none', true]]],
    ['no policy', without('Policy'), [['Policy', 'none', true]]],
    ['another policy', { ...EQUAL, Policy: '{"Statement":[]}' }, [['Policy', '{"Statement":[]}', false]]],
    ['a policy that nobody can read', { ...EQUAL, Policy: 'no' }, [['Policy', 'no', false]]],
    ['a delay', { ...EQUAL, DelaySeconds: '60' }, [['DelaySeconds', '60', true]]],
    ['short messages', { ...EQUAL, MaximumMessageSize: '1024' }, [['MaximumMessageSize', '1024', true]]],
  ])('with %s differs', (_what, found, differences) => {
    const compared = compareAttributes(WANTED, found);
    expect(compared.map(({ setting, is, isSafe }) => [setting, is, isSafe])).toEqual(differences);
  });

  it('with more than one difference has each told', () => {
    expect(compareAttributes(WANTED, {}).map(({ setting }) => setting)).toEqual([
      'MessageRetentionPeriod',
      'VisibilityTimeout',
      'SqsManagedSseEnabled',
      'RedrivePolicy',
      'Policy',
    ]);
  });
});

describe('a queue that is to have a KMS key', () => {
  const { SqsManagedSseEnabled: _, ...others } = WANTED;
  const arn = 'arn:aws:kms:us-west-2:111122223333';

  it.each([
    ['alias/a', 'alias/a'],
    ['alias/a', `${arn}:alias/a`],
    [`${arn}:alias/a`, 'alias/a'],
    ['1234', `${arn}:key/1234`],
    [`${arn}:key/1234`, '1234'],
  ])('%s is equal to one that has %s', (wanted, found) => {
    const compared = compareAttributes({ ...others, KmsMasterKeyId: wanted }, { ...EQUAL, KmsMasterKeyId: found });
    expect(compared).toEqual([]);
  });

  it.each([
    ['another one', { ...EQUAL, KmsMasterKeyId: 'alias/b' }, 'KMS key alias/b'],
    ["SQS's own encryption", EQUAL, 'by SQS itself'],
    ['none', without('SqsManagedSseEnabled'), 'none'],
  ])('is told, and left to a person, where it has %s', (_what, found, is) => {
    const compared = compareAttributes({ ...others, KmsMasterKeyId: 'alias/a' }, found);
    expect(compared).toEqual([
      { setting: 'KmsMasterKeyId', is, wouldBe: 'KMS key alias/a', isSafe: false, note: expect.any(String) },
    ]);
  });
});

describe('a dead-letter queue that exists', () => {
  const sources = ['arn:a', 'arn:b'];
  const allow = (redrivePermission: string, sourceQueueArns?: readonly string[]) =>
    JSON.stringify({ redrivePermission, sourceQueueArns });
  const wanted = { MessageRetentionPeriod: '1209600', RedriveAllowPolicy: allow('byQueue', sources) };

  it('for the same queues in another order is equal, and its defaults are its own', () => {
    const found = { ...wanted, RedriveAllowPolicy: allow('byQueue', ['arn:b', 'arn:a']), DelaySeconds: '5' };
    expect(compareAttributes(wanted, found)).toEqual([]);
  });

  it.each([
    ['everybody', undefined, 'every queue of the account'],
    ['everybody by name', allow('allowAll'), 'every queue of the account'],
    ['nobody', allow('denyAll'), 'no queue'],
    ['others too', allow('byQueue', [...sources, 'arn:c']), 'arn:a, arn:b, arn:c'],
  ])('for %s is told, and left to a person', (_what, found, is) => {
    const attributes = {
      MessageRetentionPeriod: '1209600',
      ...(found === undefined ? {} : { RedriveAllowPolicy: found }),
    };
    expect(compareAttributes(wanted, attributes)).toMatchObject([{ setting: 'RedriveAllowPolicy', is, isSafe: false }]);
  });
});
