import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Resources } from './resolve-template.ts';
import { ACCOUNT, synthesize } from './synthesize.ts';

const NAMES = ['oss-s3-bridge', 'oss-s3-bridge-backfill', 'oss-s3-bridge-dead-letters'];
const WORKED = NAMES.slice(0, 2);
const arnOf = (name: string) => `arn:aws:sqs:us-west-2:${ACCOUNT}:${name}`;

function queueNamed(resources: Resources, name: string) {
  return resources.one('AWS::SQS::Queue', ({ properties }) => properties.QueueName === name);
}

it('makes a live, a backfill and a dead-letter queue, and no other', () => {
  const { resources } = synthesize();
  expect(
    resources
      .ofType('AWS::SQS::Queue')
      .map(({ properties }) => properties.QueueName)
      .sort(),
  ).toEqual(NAMES);
});

it('keeps messages for 14 days, encrypted', () => {
  const { resources } = synthesize();
  for (const name of NAMES) {
    expect(queueNamed(resources, name).properties).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  }
});

it('gives both worked queues the attributes of deploy/policies', () => {
  const { resources } = synthesize();
  const fill = fileURLToPath(new URL('../../policies/fill.sh', import.meta.url));
  const env = { PATH: process.env.PATH, AWS_REGION: 'us-west-2', AWS_ACCOUNT_ID: ACCOUNT };
  const text = execFileSync('sh', [fill, 'aws-queue-attributes.json'], { env, encoding: 'utf8' });
  const { MessageRetentionPeriod, VisibilityTimeout, RedrivePolicy } = JSON.parse(text);
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(RedrivePolicy);
  for (const name of WORKED) {
    expect(queueNamed(resources, name).properties).toMatchObject({
      MessageRetentionPeriod: Number(MessageRetentionPeriod),
      VisibilityTimeout: Number(VisibilityTimeout),
      RedrivePolicy: { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) },
    });
  }
});

it('takes dead letters of those two queues only', () => {
  const { resources } = synthesize();
  expect(queueNamed(resources, 'oss-s3-bridge-dead-letters').properties.RedriveAllowPolicy).toEqual({
    redrivePermission: 'byQueue',
    sourceQueueArns: WORKED.map(arnOf),
  });
});

it('refuses, for each queue, whoever does not use TLS, and allows nobody more', () => {
  const { resources } = synthesize();
  const statements = resources.ofType('AWS::SQS::QueuePolicy').map(({ properties }) => properties.PolicyDocument);
  expect(statements).toHaveLength(NAMES.length);
  const refusing = (name: string) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 'sqs:*',
        Resource: arnOf(name),
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
  expect(statements).toEqual(expect.arrayContaining(NAMES.map(refusing)));
});

it('names all after the stack, so that several bridges live in one account', () => {
  const { resources } = synthesize({ STACK_NAME: 'photos' });
  const names = resources.ofType('AWS::SQS::Queue').map(({ properties }) => properties.QueueName);
  expect(names.sort()).toEqual(['photos', 'photos-backfill', 'photos-dead-letters']);
});
