import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { inspectQueue } from '../../aws-worker/queue/sqs-queue-checks.ts';
import { type ScriptedSqs, type SqsCall, startScriptedSqs } from '../fakes/scripted-sqs.ts';

const FOURTEEN_DAYS = '1209600';
const ARN = 'arn:aws:sqs:us-east-1:000000000000:';
type Attributes = Readonly<Record<string, string>>;

let sqs: ScriptedSqs;
let client: ReturnType<typeof createSqsClient>;
/** Of the URLs that GetQueueUrl answers with. */
let askedOrigin: string;

beforeEach(async () => {
  sqs = await startScriptedSqs();
  askedOrigin = new URL(sqs.queueUrl).origin;
  client = createSqsClient({
    region: 'us-east-1',
    endpoint: new URL(sqs.queueUrl).origin,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  });
});

afterEach(async () => {
  client.destroy();
  await sqs.close();
});

const redriveTo = (name: string, maxReceiveCount: unknown = 5) =>
  JSON.stringify({ deadLetterTargetArn: ARN + name, maxReceiveCount });

/** Queues by name; each has its ARN and 14 days unless it says otherwise. */
function serveQueues(queues: Readonly<Record<string, Attributes>>): void {
  sqs.answer(call => {
    if (call.operation === 'GetQueueUrl') {
      return { body: { QueueUrl: `${askedOrigin}/asked/${call.input.QueueName}` } };
    }
    const name = nameOf(call);
    const attributes = queues[name];
    if (attributes === undefined) {
      return { status: 400, body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no such queue' } };
    }
    const defaults = { QueueArn: ARN + name.split('/').at(-1), MessageRetentionPeriod: FOURTEEN_DAYS };
    return { body: { Attributes: { ...defaults, ...attributes } } };
  });
}

/** `live`, or `asked/live` where the URL came from GetQueueUrl. */
function nameOf(call: SqsCall): string {
  return String(call.input.QueueUrl).replace(/^http:\/\/[^/]+\/(000000000000\/)?/, '');
}

const inspect = (more: { deadLetterQueueUrl?: string } = {}) =>
  inspectQueue({ client, queueUrl: sqs.queueUrl, ...more });
const sibling = (name: string) => sqs.queueUrl.replace(/live$/, name);

describe('inspectQueue', () => {
  test('finds the dead-letter queue by the redrive policy, and nothing to say about good queues', async () => {
    serveQueues({ live: { RedrivePolicy: redriveTo('dlq') }, dlq: {} });
    expect(await inspect()).toEqual({ deadLetterQueueUrl: sibling('dlq'), maxReceiveCount: 5, warnings: [] });
  });

  test('asks for the URL where queue URLs are made in another way', async () => {
    serveQueues({ live: { RedrivePolicy: redriveTo('dlq') }, 'asked/dlq': {} });
    expect((await inspect()).deadLetterQueueUrl).toBe(`${new URL(sqs.queueUrl).origin}/asked/dlq`);
  });

  test('never goes to another host, whatever it is told', async () => {
    askedOrigin = 'https://sqs.example.com';
    serveQueues({ live: { RedrivePolicy: redriveTo('dlq') }, 'asked/dlq': {} });
    expect((await inspect()).deadLetterQueueUrl).toBe(`${new URL(sqs.queueUrl).origin}/asked/dlq`);
  });

  test('takes a redrive policy that cannot be read for none', async () => {
    serveQueues({ live: { RedrivePolicy: '{"deadLetterTargetArn":' } });
    await expect(inspect()).rejects.toMatchObject({ code: 'no-dead-letter-queue' });
  });

  test('refuses a queue without a dead-letter queue, with the commands that make one', async () => {
    serveQueues({ live: {} });
    await expect(inspect()).rejects.toMatchObject({
      kind: 'permanent',
      code: 'no-dead-letter-queue',
      message: expect.stringMatching(/aws sqs create-queue.*aws sqs set-queue-attributes.*SQS_DEAD_LETTER_QUEUE_URL/s),
    });
  });

  test('takes the given dead-letter queue, and warns that crashes come back for ever without a redrive policy', async () => {
    serveQueues({ live: {}, other: {} });
    const { deadLetterQueueUrl, maxReceiveCount, warnings } = await inspect({ deadLetterQueueUrl: sibling('other') });
    expect(deadLetterQueueUrl).toBe(sibling('other'));
    expect(maxReceiveCount).toBe(10);
    expect(warnings).toEqual([expect.stringContaining('no redrive policy')]);
    expect(warnings[0]).toContain(`${ARN}other`);
  });

  test.each([
    ['short retention of the queue', { MessageRetentionPeriod: '345600' }, {}, 'live keeps messages for 4 days only'],
    [
      'short retention of the dead-letter queue',
      {},
      { MessageRetentionPeriod: '60' },
      'dlq keeps messages for 0 days only',
    ],
    ['few receives', { RedrivePolicy: redriveTo('dlq', 2) }, {}, 'after 2 receives'],
    ['few receives, written as text', { RedrivePolicy: redriveTo('dlq', '1') }, {}, 'after 1 receives'],
    ['small messages', { MaximumMessageSize: '1024' }, {}, 'messages of 1024 bytes only'],
  ])('warns of %s, with the command that mends it', async (_case, live, dlq, expected) => {
    serveQueues({ live: { RedrivePolicy: redriveTo('dlq'), ...live }, dlq });
    const { warnings } = await inspect();
    expect(warnings).toEqual([expect.stringContaining(expected)]);
    expect(warnings[0]).toContain('aws sqs set-queue-attributes');
  });

  test('says when dead letters end in two places', async () => {
    serveQueues({ live: { RedrivePolicy: redriveTo('dlq') }, other: {}, dlq: {} });
    const { warnings } = await inspect({ deadLetterQueueUrl: sibling('other') });
    expect(warnings).toEqual([expect.stringContaining('in both')]);
  });

  test.each([
    ['a FIFO queue', 'https://sqs.us-east-1.amazonaws.com/1/live.fifo', 'queue-is-fifo'],
    ['a queue of another region', 'https://sqs.eu-west-1.amazonaws.com/1/live', 'queue-region'],
    ['a name instead of a URL', 'live', 'queue-url-malformed'],
  ])('refuses %s before it asks anything', async (_case, queueUrl, code) => {
    await expect(inspectQueue({ client, queueUrl })).rejects.toMatchObject({ kind: 'permanent', code });
    expect(sqs.calls).toEqual([]);
  });

  test('refuses a queue as its own dead-letter queue', async () => {
    serveQueues({ live: {} });
    await expect(inspect({ deadLetterQueueUrl: sqs.queueUrl })).rejects.toMatchObject({
      code: 'dead-letter-queue-is-the-queue',
    });
  });

  test('says which queue is missing', async () => {
    serveQueues({});
    await expect(inspect()).rejects.toMatchObject({
      code: 'queue-missing',
      message: expect.stringContaining(sqs.queueUrl),
    });
  });
});
