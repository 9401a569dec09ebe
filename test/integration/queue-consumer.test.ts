// The consumer on SQS's protocol, in real time.

import { expect, onTestFinished, test } from 'vitest';
import { type ConsumerOptions, createConsumer } from '../../aws-worker/queue/consumer.ts';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { createSqsMessageQueue } from '../../aws-worker/queue/sqs-message-queue.ts';
import { inspectQueue } from '../../aws-worker/queue/sqs-queue-checks.ts';
import { startSqsServer } from '../../local/sqs/sqs-server.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';

async function setUp(options: Pick<ConsumerOptions, 'handle'> & Partial<ConsumerOptions>) {
  const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'secret' };
  const retention = { MessageRetentionPeriod: '1209600' };
  const server = await startSqsServer({
    region: 'us-east-1',
    credentials,
    queues: [
      { name: 'dlq', attributes: retention },
      { name: 'live', attributes: retention, deadLetterQueue: 'dlq', maxReceiveCount: 5 },
    ],
  });
  const client = createSqsClient({ region: 'us-east-1', credentials });
  const { log } = createRecordingLog();
  const queueUrl = server.queueUrl('live');
  const { deadLetterQueueUrl, warnings } = await inspectQueue({ client, queueUrl });
  const queue = createSqsMessageQueue({ client, queueUrl, log });
  const consumer = createConsumer({
    queue,
    deadLetters: createSqsMessageQueue({ client, queueUrl: deadLetterQueueUrl, log }),
    name: 'live',
    weigh: () => ({ bytes: 1, isBackfill: false }),
    window: { maxMessages: 30, maxBytes: 1_000 },
    log,
    ...options,
  });
  onTestFinished(async () => {
    await consumer.stop({ signal: AbortSignal.abort() });
    client.destroy();
    await server.close();
  });
  return { server, queue, consumer, warnings };
}

test('settles each message as its handler says', async () => {
  const { server, queue, consumer, warnings } = await setUp({
    handle: async ({ body }) => {
      if (body === 'poison') return { kind: 'dead-letter', code: 'malformed-message', reason: 'it is not JSON' };
      if (body === 'wait') return { kind: 'replace', body: 'waiting', delaySeconds: 900 };
      return { kind: 'done' };
    },
  });
  expect(warnings).toEqual([]);
  const many = Array.from({ length: 50 }, (_, index) => ({ body: `object ${index}` }));
  await queue.send([...many, { body: 'poison' }, { body: 'wait' }]);
  consumer.start();
  await expect
    .poll(() => server.peek('live'), { timeout: 20_000 })
    .toMatchObject([{ body: 'waiting', receiveCount: 0 }]);
  expect(server.peek('dlq')).toMatchObject([{ body: 'poison', receiveCount: 0 }]);
});

test('holds a message beyond its visibility timeout, and gives it back at the end of a stop', async () => {
  let started = 0;
  const { server, queue, consumer } = await setUp({
    visibilityTimeoutSeconds: 2,
    waitSeconds: 1,
    handle: async (_message, { signal }) => {
      started += 1;
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    },
  });
  await queue.send([{ body: 'long' }]);
  consumer.start();
  await expect.poll(() => started, { timeout: 10_000 }).toBe(1);
  await new Promise(resolve => setTimeout(resolve, 3_000));
  expect(started).toBe(1);
  expect(server.counts('live')).toMatchObject({ inFlight: 1 });
  await consumer.stop({ signal: AbortSignal.abort() });
  await expect.poll(() => server.counts('live'), { timeout: 5_000 }).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
});
