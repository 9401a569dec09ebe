// The local SQS, seen by the SDK that the product uses.

import { connect } from 'node:net';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type SQSClientConfig,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SqsServer, type SqsServerOptions, startSqsServer } from '../../local/sqs/sqs-server.ts';

const CREDENTIALS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' };
const REGION = 'eu-west-1';
const SECOND = 1000;
const HOUR = 3600 * SECOND;

let server: SqsServer;
let client: SQSClient;
let now: number;
const clients: SQSClient[] = [];

function newClient(config: SQSClientConfig = {}): SQSClient {
  const made = new SQSClient({
    region: REGION,
    credentials: CREDENTIALS,
    endpoint: server.endpoint,
    maxAttempts: 1,
    ...config,
  });
  clients.push(made);
  return made;
}

async function start(options: Partial<SqsServerOptions> = {}): Promise<void> {
  server = await startSqsServer({
    region: REGION,
    credentials: CREDENTIALS,
    queues: [
      { name: 'live', attributes: { VisibilityTimeout: '60' }, deadLetterQueue: 'dead', maxReceiveCount: 2 },
      { name: 'plain' },
      { name: 'dead' },
    ],
    now: () => now,
    ...options,
  });
  client = newClient();
}

async function restart(options: Partial<SqsServerOptions>): Promise<void> {
  await server.close();
  await start(options);
}

beforeEach(async () => {
  now = Date.UTC(2026, 0, 2);
  await start();
});
afterEach(async () => {
  for (const made of clients.splice(0)) made.destroy();
  await server.close();
});

function urlOf(name = 'live'): string {
  return server.queueUrl(name);
}

async function send(body: string, name = 'live', DelaySeconds?: number): Promise<void> {
  await client.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody: body, DelaySeconds }));
}

async function receive(name = 'live', options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl: urlOf(name), MaxNumberOfMessages: 10, ...options });
  return (await client.send(command)).Messages ?? [];
}

async function receiveOne(name = 'live', options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message> {
  const [message] = await receive(name, options);
  if (message === undefined) throw new Error('no message');
  return message;
}

function changeVisibility(handle: string | undefined, seconds: number, name = 'live'): Promise<unknown> {
  return client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: urlOf(name), ReceiptHandle: handle, VisibilityTimeout: seconds }),
  );
}

describe('messages', () => {
  test('go round: sent, received once, deleted', async () => {
    const body = 'key "ü中\u{1f600}"\t\r\n';
    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl: urlOf(),
        MessageBody: body,
        MessageGroupId: 'tenant',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'x' },
          bytes: { DataType: 'Binary', BinaryValue: Buffer.from([0, 1, 255]) },
          count: { DataType: 'Number', StringValue: '7' },
        },
      }),
    );
    now += SECOND;
    const message = await receiveOne('live', { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });
    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: body, MD5OfBody: sent.MD5OfMessageBody });
    expect(message.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message.Attributes).toEqual({
      SenderId: 'AKIDLOCAL',
      SentTimestamp: String(now - SECOND),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(now),
      MessageGroupId: 'tenant',
    });
    expect(Buffer.from(message.MessageAttributes?.bytes?.BinaryValue ?? [])).toEqual(Buffer.from([0, 1, 255]));
    expect(await receive()).toEqual([]);
    expect(server.counts('live')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    for (let again = 0; again < 2; again++) {
      await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(), ReceiptHandle: message.ReceiptHandle }));
    }
    expect(server.counts('live')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('only the attributes that were asked for come back', async () => {
    await send('x');
    const message = await receiveOne('live', { AttributeNames: ['SentTimestamp' as QueueAttributeName] });
    expect(message.Attributes).toEqual({ SentTimestamp: String(now) });
    expect(message.MessageAttributes).toBeUndefined();
  });

  test('come again when their visibility timeout has run out, with a new handle and a higher count', async () => {
    await send('x');
    const first = await receiveOne();
    now += 60 * SECOND - 1;
    expect(await receive()).toEqual([]);
    now += 1;
    const second = await receiveOne('live', { MessageSystemAttributeNames: ['All'] });
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
    expect(second.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second.Attributes?.ApproximateFirstReceiveTimestamp).toBe(String(now - 60 * SECOND));
    await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(), ReceiptHandle: first.ReceiptHandle }));
    expect(server.counts('live').inFlight).toBe(1);
    await expect(changeVisibility(first.ReceiptHandle, 10)).rejects.toThrow(/does not exist or is not available/);
    await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(), ReceiptHandle: second.ReceiptHandle }));
    expect(server.counts('live').inFlight).toBe(0);
  });

  test('can be deleted with the latest handle after its timeout, while nobody has received them again', async () => {
    await send('x');
    const { ReceiptHandle } = await receiveOne();
    now += 61 * SECOND;
    await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(), ReceiptHandle }));
    expect(await receive()).toEqual([]);
  });

  test('are delayed by the message or by the queue', async () => {
    await send('at once');
    await send('later', 'live', 5);
    expect(server.counts('live')).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
    expect((await receive()).map(message => message.Body)).toEqual(['at once']);
    now += 5 * SECOND;
    expect((await receive()).map(message => message.Body)).toEqual(['later']);
    await client.send(new SetQueueAttributesCommand({ QueueUrl: urlOf('plain'), Attributes: { DelaySeconds: '7' } }));
    await send('queue delay', 'plain');
    await send('own delay', 'plain', 0);
    expect((await receive('plain')).map(message => message.Body)).toEqual(['own delay']);
  });

  test('expire with the retention of the queue', async () => {
    await send('old');
    now += 345_600 * SECOND - 1;
    await send('young');
    expect(server.counts('live').visible).toBe(2);
    now += 1;
    expect(server.peek('live')).toMatchObject([{ body: 'young', receiveCount: 0 }]);
  });

  test.each<[string, string, string]>([
    ['a control character', 'a\u0001b', 'InvalidMessageContents'],
    ['a noncharacter', 'a\u{fffe}', 'InvalidMessageContents'],
    ['a lone surrogate', 'a\ud800', 'InvalidMessageContents'],
    ['an empty body', '', 'MissingParameter'],
    ['1 MiB and one byte', 'x'.repeat(1_048_577), 'InvalidParameterValue'],
  ])('with %s are refused', async (_, body, name) => {
    await expect(send(body)).rejects.toMatchObject({ name });
    expect(server.counts('live').visible).toBe(0);
  });

  test('of exactly 1 MiB are taken', async () => {
    await send('ü'.repeat(524_288));
    expect((await receiveOne()).Body).toHaveLength(524_288);
  });
});

describe('visibility', () => {
  test('is changed from now on, and 0 gives the message back at once', async () => {
    await send('x');
    const first = await receiveOne();
    now += 50 * SECOND;
    await changeVisibility(first.ReceiptHandle, 60);
    now += 59 * SECOND;
    expect(await receive()).toEqual([]);
    await changeVisibility(first.ReceiptHandle, 0);
    expect((await receiveOne()).Body).toBe('x');
  });

  test('lasts 12 hours since the receive at most: more is an error, not less', async () => {
    await send('x');
    const { ReceiptHandle } = await receiveOne('live', { VisibilityTimeout: 43_200 });
    now += 2 * HOUR;
    await expect(changeVisibility(ReceiptHandle, 10 * 3600 + 1)).rejects.toThrow(/beyond the limit/);
    await changeVisibility(ReceiptHandle, 10 * 3600);
    now += 10 * HOUR - 1;
    expect(server.counts('live').inFlight).toBe(1);
    now += 1;
    expect(server.counts('live').visible).toBe(1);
    await expect(changeVisibility(ReceiptHandle, 43_201)).rejects.toThrow(/between 0 and 43200/);
  });

  test('cannot be changed when the message is visible, deleted, or never was', async () => {
    await send('x');
    const { ReceiptHandle } = await receiveOne();
    await changeVisibility(ReceiptHandle, 0);
    await expect(changeVisibility(ReceiptHandle, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    const again = await receiveOne();
    await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(), ReceiptHandle: again.ReceiptHandle }));
    await expect(changeVisibility(again.ReceiptHandle, 10)).rejects.toThrow(/does not exist/);
    await expect(changeVisibility('garbage', 10)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    await expect(changeVisibility(again.ReceiptHandle, 10, 'plain')).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
  });
});

describe('batches', () => {
  const entries = (...bodies: string[]) => bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
  const sendBatch = (...bodies: string[]) =>
    client.send(new SendMessageBatchCommand({ QueueUrl: urlOf(), Entries: entries(...bodies) }));

  test('take what is right and name what is wrong', async () => {
    const result = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: urlOf(),
        Entries: [...entries('good', 'bad\u0001'), { Id: 'late', MessageBody: 'x', DelaySeconds: 901 }],
      }),
    );
    expect(result.Successful?.map(entry => entry.Id)).toEqual(['0']);
    expect(result.Failed).toMatchObject([
      { Id: '1', SenderFault: true, Code: 'InvalidMessageContents' },
      { Id: 'late', SenderFault: true, Code: 'InvalidParameterValue' },
    ]);
    expect(server.peek('live').map(message => message.body)).toEqual(['good']);
  });

  test('are refused as a whole when they are empty, too many, too long, or their ids clash', async () => {
    const command = (Entries: { Id: string; MessageBody: string }[]) =>
      client.send(new SendMessageBatchCommand({ QueueUrl: urlOf(), Entries }));
    await expect(command([])).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
    await expect(sendBatch(...Array.from({ length: 11 }, () => 'x'))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
    await expect(sendBatch('x'.repeat(524_288), 'x'.repeat(524_289))).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
    });
    await expect(command([...entries('a'), ...entries('b')])).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinct',
    });
    await expect(command([{ Id: 'no spaces', MessageBody: 'x' }])).rejects.toMatchObject({
      name: 'InvalidBatchEntryId',
    });
    expect(server.counts('live').visible).toBe(0);
    await sendBatch('x'.repeat(524_288), 'x'.repeat(524_288));
    expect(server.counts('live').visible).toBe(2);
  });

  test('delete and change visibility each for itself', async () => {
    await sendBatch('a', 'b', 'c');
    const [a, b, c] = await receive();
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: urlOf(),
        Entries: [
          { Id: 'a', ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'x', ReceiptHandle: 'garbage', VisibilityTimeout: 10 },
          { Id: 'c', ReceiptHandle: c?.ReceiptHandle, VisibilityTimeout: 43_201 },
        ],
      }),
    );
    expect(changed.Successful?.map(entry => entry.Id)).toEqual(['a']);
    expect(changed.Failed?.map(entry => [entry.Id, entry.Code])).toEqual([
      ['x', 'ReceiptHandleIsInvalid'],
      ['c', 'InvalidParameterValue'],
    ]);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: urlOf(),
        Entries: [
          { Id: 'b', ReceiptHandle: b?.ReceiptHandle },
          { Id: 'x', ReceiptHandle: 'garbage' },
        ],
      }),
    );
    expect(deleted.Successful?.map(entry => entry.Id)).toEqual(['b']);
    expect(deleted.Failed?.map(entry => entry.Id)).toEqual(['x']);
    expect(server.counts('live')).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
  });
});

describe('long polling', () => {
  const waitForMessage = (options: Partial<ReceiveMessageCommandInput> = {}) =>
    receive('live', { WaitTimeSeconds: 20, ...options });

  test('answers as soon as a batch is there, with all of it', async () => {
    const waiting = waitForMessage();
    await client.send(
      new SendMessageBatchCommand({ QueueUrl: urlOf(), Entries: ['a', 'b'].map(Id => ({ Id, MessageBody: Id })) }),
    );
    expect((await waiting).map(message => message.Body)).toEqual(['a', 'b']);
  });

  test('answers when a message is given back, and when a timeout runs out', async () => {
    await send('x');
    const first = await receiveOne();
    const waiting = waitForMessage();
    await changeVisibility(first.ReceiptHandle, 0);
    expect((await waiting).map(message => message.Body)).toEqual(['x']);
    await send('later', 'live', 10);
    const waitingAgain = waitForMessage();
    now += 10 * SECOND;
    expect((await waitingAgain).map(message => message.Body)).toEqual(['later']);
  });

  test('answers with nothing at its end', async () => {
    const before = performance.now();
    expect(await waitForMessage({ WaitTimeSeconds: 1 })).toEqual([]);
    expect(performance.now() - before).toBeGreaterThan(900);
  });

  test('takes no message for a client that went away', async () => {
    const gone = new AbortController();
    const command = new ReceiveMessageCommand({ QueueUrl: urlOf(), WaitTimeSeconds: 20 });
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>(resolve => {
      arrived = resolve;
    });
    let closed: Promise<unknown> = Promise.resolve();
    await restart({
      intercept: ({ action, response }) => {
        if (action === 'ReceiveMessage') {
          closed = new Promise(resolve => response.once('close', resolve));
          arrived();
        }
        return false;
      },
    });
    const waiting = client.send(new ReceiveMessageCommand({ ...command.input, QueueUrl: urlOf() }), {
      abortSignal: gone.signal,
    });
    await arrival;
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
    await send('kept');
    expect(server.peek('live')).toMatchObject([{ body: 'kept', receiveCount: 0 }]);
  });

  test('several that wait get different messages', async () => {
    const waiting = Array.from({ length: 5 }, () => waitForMessage({ MaxNumberOfMessages: 1 }));
    for (const body of ['1', '2', '3', '4', '5']) await send(body);
    const bodies = (await Promise.all(waiting)).flat().map(message => message.Body);
    expect(bodies.sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  test('ends when the server closes', async () => {
    const settled = waitForMessage().catch(() => []);
    await new Promise(resolve => setTimeout(resolve, 50));
    await server.close();
    expect(await settled).toEqual([]);
    await start();
  });
});

describe('dead-letter queue', () => {
  async function fail(times: number): Promise<void> {
    for (let count = 0; count < times; count++) {
      for (const message of await receive()) await changeVisibility(message.ReceiptHandle, 0);
    }
  }

  test('gets a message that was received too often, with its id and its age', async () => {
    await send('poison');
    const { MessageId } = await receiveOne('live', { VisibilityTimeout: 0 });
    await fail(1);
    expect(server.counts('dead').visible).toBe(0);
    now += SECOND;
    expect(await receive()).toEqual([]);
    expect(server.counts('live').visible).toBe(0);
    const dead = await receiveOne('dead', { MessageSystemAttributeNames: ['All'] });
    expect(dead).toMatchObject({ Body: 'poison', MessageId });
    expect(dead.Attributes).toMatchObject({
      SentTimestamp: String(now - SECOND),
      DeadLetterQueueSourceArn: `arn:aws:sqs:${REGION}:000000000000:live`,
    });
  });

  test('is emptied back into the queues that its messages came from', async () => {
    await send('poison');
    await fail(3);
    const SourceArn = `arn:aws:sqs:${REGION}:000000000000:dead`;
    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: urlOf('dead') }));
    expect(queueUrls).toEqual([urlOf()]);
    const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    expect(TaskHandle).toBeTruthy();
    expect(server.peek('live')).toMatchObject([{ body: 'poison', receiveCount: 0 }]);
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
    expect(Results).toMatchObject([
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1, StartedTimestamp: now },
    ]);
    const notDead = new StartMessageMoveTaskCommand({ SourceArn: `arn:aws:sqs:${REGION}:000000000000:plain` });
    await expect(client.send(notDead)).rejects.toThrow(/must be configured as a Dead Letter Queue/);
    const missing = new StartMessageMoveTaskCommand({ SourceArn: `arn:aws:sqs:${REGION}:000000000000:missing` });
    await expect(client.send(missing)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('messages go where they are told, too', async () => {
    await send('sent here directly', 'dead');
    const arn = (name: string) => `arn:aws:sqs:${REGION}:000000000000:${name}`;
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arn('dead') }));
    expect(server.counts('dead').visible).toBe(1);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arn('dead'), DestinationArn: arn('plain') }));
    expect(server.peek('plain').map(message => message.body)).toEqual(['sent here directly']);
  });
});

describe('queues', () => {
  test('tell their attributes', async () => {
    await send('x');
    await send('y', 'live', 5);
    const get = async (...AttributeNames: QueueAttributeName[]) =>
      (await client.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(), AttributeNames }))).Attributes;
    expect(await get('All')).toMatchObject({
      QueueArn: `arn:aws:sqs:${REGION}:000000000000:live`,
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '1',
      VisibilityTimeout: '60',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      CreatedTimestamp: String(now / SECOND),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:${REGION}:000000000000:dead`,
        maxReceiveCount: 2,
      }),
    });
    expect(await get('VisibilityTimeout')).toEqual({ VisibilityTimeout: '60' });
    expect(await get()).toBeUndefined();
    await expect(get('Nonsense' as QueueAttributeName)).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    const bad = new SetQueueAttributesCommand({ QueueUrl: urlOf(), Attributes: { VisibilityTimeout: '43201' } });
    await expect(client.send(bad)).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  test('are found, listed, made, purged and deleted', async () => {
    expect((await client.send(new GetQueueUrlCommand({ QueueName: 'plain' }))).QueueUrl).toBe(urlOf('plain'));
    expect((await client.send(new ListQueuesCommand({}))).QueueUrls).toEqual(['dead', 'live', 'plain'].map(urlOf));
    const page = await client.send(new ListQueuesCommand({ MaxResults: 2 }));
    const rest = await client.send(new ListQueuesCommand({ MaxResults: 2, NextToken: page.NextToken }));
    expect([...(page.QueueUrls ?? []), ...(rest.QueueUrls ?? [])]).toEqual(['dead', 'live', 'plain'].map(urlOf));
    const create = (Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName: 'new', Attributes }));
    expect((await create({ DelaySeconds: '5' })).QueueUrl).toBe(urlOf('new'));
    expect((await create({ DelaySeconds: '5' })).QueueUrl).toBe(urlOf('new'));
    await expect(create({ DelaySeconds: '6' })).rejects.toMatchObject({ name: 'QueueNameExists' });
    await send('x', 'new');
    const purge = () => client.send(new PurgeQueueCommand({ QueueUrl: urlOf('new') }));
    await purge();
    expect(server.counts('new')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    await expect(purge()).rejects.toMatchObject({ name: 'PurgeQueueInProgress' });
    await client.send(new DeleteQueueCommand({ QueueUrl: urlOf('new') }));
    await expect(send('x', 'new')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(create({})).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
    now += 60 * SECOND;
    await create({});
  });

  test('of another account, of no name and of no sense are refused each in its way', async () => {
    const read = (QueueUrl: string) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    await expect(read(`${server.endpoint}/000000000000/missing`)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(read(`${server.endpoint}/999999999999/live`)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await expect(read(`${server.endpoint}/live`)).rejects.toMatchObject({ name: 'InvalidAddress' });
  });

  describe('that name a dead-letter queue', () => {
    const arnOf = (name: string) => `arn:aws:sqs:${REGION}:000000000000:${name}`;
    const RedrivePolicy = (name: string) => JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount: 3 });
    const create = (QueueName: string, Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes }));
    const refused = (reason: string) => ({ name: 'InvalidParameterValue', message: expect.stringContaining(reason) });

    test('are refused where it is not there', async () => {
      const missing = { RedrivePolicy: RedrivePolicy('nobody') };
      await expect(create('new', missing)).rejects.toMatchObject(refused('Dead letter target does not exist.'));
      const change = new SetQueueAttributesCommand({ QueueUrl: urlOf(), Attributes: missing });
      await expect(client.send(change)).rejects.toMatchObject(refused('Dead letter target does not exist.'));
    });

    test('are refused where it is there for others', async () => {
      const allow = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('new')] };
      await create('picky', { RedriveAllowPolicy: JSON.stringify(allow) });
      const picky = { RedrivePolicy: RedrivePolicy('picky') };
      await expect(create('other', picky)).rejects.toMatchObject(refused('does not allow this source queue'));
      expect((await create('new', picky)).QueueUrl).toBe(urlOf('new'));
    });
  });

  test('are encrypted in one way, the one that was asked for last', async () => {
    const QueueUrl = urlOf();
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const get = async () =>
      (
        await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['KmsMasterKeyId', 'SqsManagedSseEnabled'] }),
        )
      ).Attributes;
    expect(await get()).toEqual({ SqsManagedSseEnabled: 'true' });
    await set({ KmsMasterKeyId: 'alias/a' });
    expect(await get()).toEqual({ KmsMasterKeyId: 'alias/a', SqsManagedSseEnabled: 'false' });
    await set({ SqsManagedSseEnabled: 'true' });
    expect(await get()).toEqual({ SqsManagedSseEnabled: 'true' });
    const both = { KmsMasterKeyId: 'alias/a', SqsManagedSseEnabled: 'true' };
    await expect(set(both)).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  test.each(['Policy', 'RedriveAllowPolicy', 'RedrivePolicy'])('take no %s that is no JSON object', async name => {
    for (const text of ['{', '[]', '"x"', '1']) {
      const change = new SetQueueAttributesCommand({ QueueUrl: urlOf(), Attributes: { [name]: text } });
      await expect(client.send(change)).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
    }
  });

  test('hold at most 120,000 messages in flight', { timeout: 60_000 }, async () => {
    // Filled without the network: what is promised is the answer, not the way there.
    const { LongPolls } = await import('../../local/sqs/long-polls.ts');
    const { Account } = await import('../../local/sqs/account.ts');
    const longPolls = new LongPolls({ now: () => now, maxTimerMilliseconds: 10 });
    const queue = new Account({ accountId: '1', region: REGION, now: () => now, longPolls }).create('q', {});
    for (let count = 0; count <= 120_000; count++) {
      queue.send({ body: '', attributes: {}, systemAttributes: {} }, { senderId: 'x' });
    }
    let received = 0;
    while (received < 120_000) received += queue.receive({ max: 10 }).length;
    expect(() => queue.receive({ max: 10 })).toThrow(/in flight/);
    const signal = new AbortController().signal;
    const wait = { receive: () => queue.receive({ max: 10 }), waitMilliseconds: 20, signal };
    expect(await longPolls.wait(queue, wait)).toEqual([]);
  });
});

describe('who may ask', () => {
  const ask = (config: SQSClientConfig) => newClient(config).send(new ReceiveMessageCommand({ QueueUrl: urlOf() }));

  test('refuses a wrong secret, an unknown key, a token that nobody issued, another region and no signature', async () => {
    await expect(ask({ credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' } })).rejects.toThrow(
      /signature we calculated does not match/,
    );
    await expect(ask({ credentials: { ...CREDENTIALS, accessKeyId: 'OTHER' } })).rejects.toThrow(
      /security token included in the request is invalid/,
    );
    await expect(ask({ credentials: { ...CREDENTIALS, sessionToken: 'x' } })).rejects.toThrow(/security token/);
    await expect(ask({ region: 'us-east-1' })).rejects.toThrow(/scoped to a valid region/);
    const response = await fetch(server.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.ListQueues' },
      body: '{}',
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-query-error')).toBe('MissingAuthenticationToken;Sender');
  });

  test('accepts temporary credentials with their token', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: 'token' };
    await restart({ credentials });
    await expect(ask({})).rejects.toThrow(/security token/);
    await expect(ask({ credentials })).resolves.toMatchObject({});
  });

  test('a clock that is wrong is refused, and the SDK corrects itself', async () => {
    const skewed = newClient({ systemClockOffset: -3_600_000 });
    const command = new ReceiveMessageCommand({ QueueUrl: urlOf() });
    await expect(skewed.send(command)).rejects.toThrow(/Signature expired/);
    await expect(skewed.send(command)).resolves.toMatchObject({});
  });

  test('errors carry the type of the JSON protocol and the code of the Query protocol', async () => {
    const seen = await newClient()
      .send(new ReceiveMessageCommand({ QueueUrl: `${server.endpoint}/000000000000/missing` }))
      .catch((error: unknown) => error);
    expect(seen).toMatchObject({
      name: 'QueueDoesNotExist',
      __type: 'com.amazonaws.sqs#QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      $response: {
        statusCode: 400,
        headers: { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' },
      },
    });
  });
});

describe('intercept', () => {
  test('may answer itself, and may lose the answer of what was done', async () => {
    const seen: string[] = [];
    await restart({
      intercept: exchange => {
        seen.push(`${exchange.action} ${exchange.queueName}`);
        if (exchange.input.MessageBody === 'lost') exchange.loseAnswer();
        if (exchange.input.MessageBody !== 'refused') return false;
        exchange.response.writeHead(503).end();
        return true;
      },
    });
    await expect(send('refused')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await expect(send('lost')).rejects.toThrow();
    expect(server.peek('live').map(message => message.body)).toEqual(['lost']);
    expect(seen).toEqual(['SendMessage live', 'SendMessage live']);
  });

  test('a request that breaks off harms nobody', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await new Promise(resolve => socket.once('connect', resolve));
    socket.end('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    socket.resume();
    await new Promise(resolve => socket.once('close', resolve));
    await send('still here');
    expect(server.counts('live').visible).toBe(1);
  });
});
