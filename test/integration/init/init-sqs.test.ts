// The queues that init makes, on an SQS that the project did not write where SQS_TEST_ENDPOINT names one (`npm run test:real`), on the local one otherwise.

import { randomBytes } from 'node:crypto';
import { DeleteQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, type InitCloud, REGION, startInitCloud } from './init-cloud.ts';

const SQS = process.env.SQS_TEST_ENDPOINT;
const NAME = `init-${randomBytes(6).toString('hex')}`;
const QUEUES = [`${NAME}-dead-letters`, NAME, `${NAME}-backfill`];
/** ElasticMQ takes them, and keeps none of them. */
const NOT_EVERYWHERE = ['MessageRetentionPeriod', 'SqsManagedSseEnabled', 'RedriveAllowPolicy', 'Policy'];
const RUN = { options: { name: NAME }, patience: { everyMilliseconds: 50, atMostMilliseconds: 1_000 } };

describe(`the queues of init on ${SQS === undefined ? 'the local SQS' : 'another SQS'}`, () => {
  let cloud: InitCloud;
  beforeAll(async () => {
    cloud = await startInitCloud({ sqsEndpoint: SQS });
  });
  afterAll(async () => {
    for (const QueueUrl of await Promise.all(QUEUES.map(urlOf)))
      await cloud.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await cloud.close();
  });

  const urlOf = async (QueueName: string) => (await cloud.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  const differences = (report: Awaited<ReturnType<InitCloud['run']>>) =>
    report.resources.flatMap(resource => resource.differences.map(({ setting }) => setting));

  it('are made with a visibility timeout and a dead-letter queue', async () => {
    const report = await cloud.run(RUN);
    expect(report.resources.map(({ name }) => name).slice(0, 3)).toEqual(QUEUES);
    expect(differences(report).filter(setting => SQS === undefined || !NOT_EVERYWHERE.includes(setting))).toEqual([]);
    for (const name of QUEUES.slice(1)) {
      const command = new GetQueueAttributesCommand({ QueueUrl: await urlOf(name), AttributeNames: ['All'] });
      const { Attributes = {} } = await cloud.sqs.send(command);
      expect(Attributes.VisibilityTimeout).toBe('300');
      expect(JSON.parse(Attributes.RedrivePolicy ?? '')).toEqual({
        deadLetterTargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${NAME}-dead-letters`,
        maxReceiveCount: 10,
      });
    }
    expect(report.environment?.worker.SQS_QUEUE_URL).toMatch(new RegExp(`/${ACCOUNT_ID}/${NAME}$`));
  });

  it('are found, and not made again', async () => {
    cloud.calls.length = 0;
    const report = await cloud.run(RUN);
    expect(report.resources.some(({ state }) => state === 'create' || state === 'created')).toBe(false);
    expect(cloud.calls).not.toContain('sqs CreateQueue');
  });
});
