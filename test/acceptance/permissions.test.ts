// Least privilege, proven: a real worker and the real handler do all that they do, every request that the clouds see is held against the policies that
// init prints, and what the policies allow beyond that needs a reason.

import { fileURLToPath } from 'node:url';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '../../aliyun-fc/index.ts';
import { readInitSettings } from '../../cli/init/init-settings.ts';
import { buildPolicies } from '../../cli/init/policies.ts';
import { templateValues } from '../../cli/init/template-values.ts';
import { pseudoRandomBytes } from '../../local/demo/pseudo-random-bytes.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { startSqsServer } from '../../local/sqs/sqs-server.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { ossEventBytes } from '../fixtures/oss-events/read-fixture.ts';
import { allowing, type Need, type Policy } from '../fixtures/permissions/allows.ts';
import { ossNeeds, s3Needs, sqsNeeds } from '../fixtures/permissions/needed-permissions.ts';
import { type Bridge, deadLetters, SETTLE, startBridge } from './bridge.ts';
import { startBackfill, untilDone } from './worker-api.ts';

const ACCOUNT_ID = '000000000000';
/** With a visibility timeout that is soon extended. */
const HASTY = fileURLToPath(new URL('../faults/hasty-worker.ts', import.meta.url));
const LARGE_BYTES = 12 * MEBIBYTE;
const SETTINGS = {
  COPY_TAGS: 'true',
  S3_ACL: 'bucket-owner-full-control',
  OSS_PREFIX: 'photos/',
  S3_PREFIX: 'copy/$1?*/',
};

const queueArn = (name: string) => `arn:aws:sqs:${LOCAL.awsRegion}:${ACCOUNT_ID}:${name}`;

function policies(environment: Readonly<Record<string, string>>): (name: string) => Policy {
  const settings = readInitSettings(environment, { name: LOCAL.liveQueue });
  const { complete } = buildPolicies(settings, templateValues(settings, { accountId: ACCOUNT_ID, arn: '' }));
  return name => complete.find(policy => policy.name === name)?.document as unknown as Policy;
}

/** Actions of statements that nobody needed. */
function unused(policy: Policy, needs: readonly Need[]): readonly string[] {
  return policy.Statement.flatMap(statement =>
    [statement.Action]
      .flat()
      .filter(
        action => !needs.some(need => need.action === action && allowing({ Statement: [statement] }, need).length),
      )
      .map(action => `${statement.Sid ?? ''} ${action}`),
  );
}

/** What is allowed for a case that a run seldom meets, and why. */
const EXPLAINED = [
  // Where a queue's URL does not follow from its neighbour's, the worker asks for the dead-letter queue's (sqs-queue-checks.ts).
  'DeadLetterQueue sqs:GetQueueUrl',
];

/** Small and large ones, with tags, new ones and some whose copy is old; and a message that nobody can work on. */
async function fillClouds({ oss, sqs, s3, cloud }: Bridge): Promise<void> {
  const tagged = { headers: { 'x-oss-tagging': 'a=1' } };
  const large = () => Buffer.concat([...pseudoRandomBytes('large', LARGE_BYTES)]);
  for (const name of ['new', 'old']) {
    await oss.put(`photos/${name}.jpg`, Buffer.from(name), tagged);
    await oss.put(`photos/${name}.bin`, large(), tagged);
  }
  for (const name of ['old.jpg', 'old.bin']) {
    const Key = `${SETTINGS.S3_PREFIX}${name}`;
    await s3.send(new PutObjectCommand({ Bucket: LOCAL.s3Bucket, Key, Body: 'another' }));
  }
  const QueueUrl = cloud.sqs.queueUrl(LOCAL.liveQueue);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no message of ours' }));
  await expect.poll(() => cloud.functionCompute.pending, SETTLE).toBe(0);
}

describe('the policies that init prints', () => {
  let bridge: Bridge;
  let policyOf: (name: string) => Policy;
  /** Each once. */
  const onAws = new Map<string, Need>();
  const onAliyun = new Map<string, Need>();
  let isWorking = false;
  /** While the worker works: what filled the clouds before is nobody's to judge here. */
  const recordIn = (needs: Map<string, Need>, found: readonly Need[]): false => {
    if (isWorking) for (const need of found) needs.set(`${need.action} ${need.resource}`, need);
    return false;
  };

  beforeAll(async () => {
    bridge = await startBridge({
      main: HASTY,
      intercept: {
        oss: ({ operation, bucket, key, request: { headers } }) =>
          isWorking && recordIn(onAliyun, ossNeeds({ operation, bucket, key, headers })),
        s3: ({ operation, bucket, key, request: { headers } }) =>
          isWorking && recordIn(onAws, s3Needs({ operation, bucket, key, headers })),
        sqs: ({ action, queueName, request: { headers } }) =>
          recordIn(onAws, sqsNeeds({ operation: action, queue: queueName, headers }, queueArn)),
      },
    });
    policyOf = policies({ ...bridge.environment, ...SETTINGS, LEDGER_URL: 'sqlite:ledger.db' });
  });
  afterAll(() => bridge?.close());

  it('are held against a run with all that a worker does', async () => {
    await fillClouds(bridge);
    isWorking = true;
    const worker = await bridge.startWorker({ ...SETTINGS, PART_SIZE_MEBIBYTES: '5' });
    await untilDone(worker, (await startBackfill(worker)).id);
    await bridge.untilQuiet();
    expect(deadLetters(bridge)).toHaveLength(1);
    // What takes long is kept hidden.
    isWorking = false;
    bridge.cloud.faults.add({ service: 'oss', operation: 'GetObject', fault: { kind: 'stall', milliseconds: 60_000 } });
    await bridge.oss.put('photos/held.bin', Buffer.alloc(LARGE_BYTES));
    await expect.poll(() => bridge.cloud.sqs.counts(LOCAL.liveQueue).inFlight, SETTLE).toBe(1);
    isWorking = true;
    const asked = () => [...onAws.values()].map(({ action }) => action);
    await expect.poll(asked, SETTLE).toContain('sqs:ChangeMessageVisibility');
    isWorking = false;
    expect(onAws.size).toBeGreaterThan(10);
  }, 60_000);

  it('let the worker do all that it does on AWS', () => {
    const refused = [...onAws.values()].filter(need => allowing(policyOf('aws-worker'), need).length === 0);
    expect(refused).toEqual([]);
  });

  it('let it do nothing on AWS that it does not do', () => {
    expect(unused(policyOf('aws-worker'), [...onAws.values()])).toEqual(EXPLAINED);
  });

  it('let the reader do all that the worker does on Alibaba Cloud, and nothing else', () => {
    const all = [...onAliyun.values()];
    expect(all.filter(need => allowing(policyOf('aliyun-reader'), need).length === 0)).toEqual([]);
    expect(unused(policyOf('aliyun-reader'), all)).toEqual([]);
  });

  it('let the function send to the live queue, and nothing else', async () => {
    const sent: Need[] = [];
    const sqs = await startSqsServer({
      region: LOCAL.awsRegion,
      credentials: LOCAL.awsCredentials,
      queues: [{ name: LOCAL.liveQueue }],
      intercept: ({ action, queueName, request: { headers } }) => {
        sent.push(...sqsNeeds({ operation: action, queue: queueName, headers }, queueArn));
        return false;
      },
    });
    const { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY } = LOCAL.awsCredentials;
    const QUEUE_URL = sqs.queueUrl(LOCAL.liveQueue);
    const environment = { ACCESS_KEY, SECRET_KEY, QUEUE_URL, REGION_NAME: LOCAL.awsRegion, LOG_LEVEL: 'silent' };
    await createHandler(environment)(ossEventBytes('put-object')).finally(() => sqs.close());
    const policy = policyOf('aws-function-user');
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter(need => allowing(policy, need).length === 0)).toEqual([]);
    expect(unused(policy, sent)).toEqual([]);
    expect(allowing(policy, { action: 'sqs:SendMessage', resource: queueArn(LOCAL.backfillQueue) })).toEqual([]);
  });
});
