// What a person did wrong before the start is said at the start, in a sentence that says what to do; and nothing is received before all is well.

import { existsSync } from 'node:fs';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { type Bridge, deadLetters, openUploads, startBridge } from './bridge.ts';
import { runWorkerToEnd } from './run-to-end.ts';

const REQUIRED = [
  'OSS_REGION',
  'OSS_BUCKET',
  'OSS_ACCESS_KEY_ID',
  'OSS_ACCESS_KEY_SECRET',
  'S3_BUCKET',
  'AWS_REGION',
  'SQS_QUEUE_URL',
  'API_TOKEN',
];

/** A variable, what is wrong with it, what the worker says. */
const MALFORMED = {
  OSS_REGION: ['Hangzhou!', 'looks like cn-hangzhou'],
  OSS_ENDPOINT: ['ftp://oss', 'begins with https://'],
  S3_STORAGE_CLASS: ['COLD', 'must be one of STANDARD'],
  SQS_QUEUE_URL: ['my-queue', 'begins with https://'],
  LEDGER_URL: ['postgres://db', 'must be sqlite:'],
  API_TOKEN: ['short', 'openssl rand -hex 32'],
  PORT: ['80800', 'from 0 to 65535'],
  MAX_CONCURRENT_OBJECTS: ['many', 'from 1 to 1024'],
} as const;

const NO_QUEUE_URL = '000000000000/no-such-queue';
const SYSTEM_NODE = '/usr/bin/node';

describe('a worker that cannot start', () => {
  let bridge: Bridge;
  beforeAll(async () => {
    bridge = await startBridge();
    const waiting = { QueueUrl: bridge.cloud.sqs.queueUrl(LOCAL.liveQueue), MessageBody: '{"key":"waits"}' };
    await bridge.sqs.send(new SendMessageCommand(waiting));
    await bridge.sqs.send(new CreateQueueCommand({ QueueName: 'without-dead-letters' }));
  });
  afterAll(async () => {
    await bridge?.close();
  });

  test.concurrent('for want of any environment names all that is missing at once', async () => {
    const { code, stdout, stderr } = await runWorkerToEnd({});
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.split('\n').filter(line => line.startsWith('  - '))).toEqual(
      REQUIRED.map(name => expect.stringMatching(`^  - ${name} is missing: .{10,}\\.?$`)),
    );
  });

  test.concurrent('for malformed variables names each of them, and what it should be', async () => {
    const values = Object.entries(MALFORMED).map(([name, [value]]) => [name, value]);
    const { code, stderr } = await runWorkerToEnd({ ...bridge.environment, ...Object.fromEntries(values) });
    expect(code).toBe(1);
    for (const [name, [, advice]] of Object.entries(MALFORMED)) {
      expect(stderr).toMatch(new RegExp(`^  - ${name} .*${advice}`, 'm'));
    }
  });

  test.concurrent.each<[string, (bridge: Bridge) => Record<string, string>, readonly string[]]>([
    ['a wrong OSS access key', () => ({ OSS_ACCESS_KEY_ID: 'wrong' }), ['Check OSS_ACCESS_KEY_ID']],
    ['a wrong OSS secret', () => ({ OSS_ACCESS_KEY_SECRET: 'wrong' }), ['check OSS_ACCESS_KEY_SECRET']],
    ['a missing OSS bucket', () => ({ OSS_BUCKET: 'no-such-bucket' }), ['no such bucket', 'Check OSS_BUCKET']],
    ['a wrong OSS region', () => ({ OSS_REGION: 'cn-beijing' }), ['not in cn-beijing', 'Set OSS_REGION']],
    ['a wrong AWS secret', () => ({ AWS_SECRET_ACCESS_KEY: 'wrong' }), ['AWS_SECRET_ACCESS_KEY']],
    ['a missing S3 bucket', () => ({ S3_BUCKET: 'no-such-bucket' }), ['no-such-bucket', 'Look at S3_BUCKET']],
    ['a wrong S3 region', () => ({ S3_REGION: 'eu-west-1' }), ['is in us-east-1', 'Set S3_REGION=us-east-1']],
    [
      'a missing queue',
      ({ cloud }) => ({ SQS_QUEUE_URL: `${cloud.sqs.endpoint}/${NO_QUEUE_URL}` }),
      [NO_QUEUE_URL, 'aws sqs get-queue-url'],
    ],
    [
      'a queue without a dead-letter queue',
      ({ cloud }) => ({ SQS_QUEUE_URL: cloud.sqs.queueUrl('without-dead-letters') }),
      ['has no dead-letter queue', 'aws sqs create-queue', 'SQS_DEAD_LETTER_QUEUE_URL'],
    ],
    ['a ledger that is a folder', ({ folder }) => ({ LEDGER_URL: `sqlite:${folder}` }), ['must name a file']],
    [
      'a port that is taken',
      ({ cloud }) => ({ PORT: String(cloud.oss.port) }),
      ['it is in use', 'set PORT to a free port'],
    ],
  ])('for %s exits with 1 and says what to do', async (_, mistake, sentences) => {
    const { code, stderr } = await runWorkerToEnd({ ...bridge.environment, ...mistake(bridge) });
    expect(code).toBe(1);
    for (const sentence of sentences) expect(stderr.toLowerCase()).toContain(sentence.toLowerCase());
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).not.toContain(LOCAL.ossCredentials.accessKeySecret);
    expect(stderr).not.toContain(LOCAL.awsCredentials.secretAccessKey);
  });

  // After all of the above, which run side by side.
  test('has received nothing, and left nothing in the bucket that it looked at', async () => {
    expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toMatchObject([{ receiveCount: 0 }]);
    expect(deadLetters(bridge)).toEqual([]);
    expect(await bridge.destination.list({ prefix: '', startAfter: '', limit: 1 })).toEqual([]);
    expect(await openUploads(bridge)).toEqual([]);
  });
});

test.runIf(existsSync(SYSTEM_NODE))('an old Node is told which one is needed, and how to get it', async () => {
  const version = await runWorkerToEnd({}, [SYSTEM_NODE, '--version']);
  const isOld = Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24;
  const { code, stderr } = await runWorkerToEnd({}, [
    SYSTEM_NODE,
    '--import',
    './require-node.js',
    'aws-worker/main.ts',
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(isOld ? /runs on Node 24.*npm rebuild node/s : /OSS_REGION is missing/);
});
