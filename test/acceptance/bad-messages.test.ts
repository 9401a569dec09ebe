// What nobody can work on ends in the dead-letter queue, as it came and with the reason beside it; what predecessors sent is understood.

import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { type Bridge, deadLetters, startBridge } from './bridge.ts';
import { failuresOf, request, statusOf } from './worker-api.ts';

let bridge: Bridge;
let worker: WorkerProcess;

beforeAll(async () => {
  bridge = await startBridge();
  worker = await bridge.startWorker();
});
afterAll(async () => {
  await bridge?.close();
});

async function deliver(body: string): Promise<void> {
  const QueueUrl = bridge.cloud.sqs.queueUrl(LOCAL.liveQueue);
  await bridge.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  await bridge.untilQuiet();
}

/** What is in the dead-letter queue and was not taken before, as a person with the console sees it. */
async function takeDeadLetters(): Promise<readonly { body: string | undefined; code: string; reason: string }[]> {
  const { Messages = [] } = await bridge.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: bridge.cloud.sqs.queueUrl(LOCAL.deadLetterQueue),
      MessageAttributeNames: ['All'],
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 3600,
    }),
  );
  return Messages.map(({ Body, MessageAttributes = {} }) => ({
    body: Body,
    code: MessageAttributes.Code?.StringValue ?? '',
    reason: MessageAttributes.Reason?.StringValue ?? '',
  }));
}

describe('a message that nobody can work on is a dead letter, verbatim and with its reason', () => {
  test.each([
    ['is not JSON', '{"key":"half', 'malformed-message', 'it is not JSON'],
    ['is empty JSON', '{}', 'malformed-message', 'neither `key`'],
    ['is an array', '[{"key":"a"}]', 'malformed-message', 'it is not a JSON object'],
    [
      'has unknown fields',
      '{"key":"a","size":1,"versionId":"null"}',
      'malformed-message',
      '`versionId` is not a field',
    ],
    ['is an S3 notification', '{"Records":[{"eventName":"ObjectCreated:Put"}]}', 'malformed-message', 'neither `key`'],
    ['has a size that is none', '{"key":"a","size":-1}', 'malformed-message', 'size'],
    ['has an empty key', '{"key":"","size":1}', 'malformed-message', 'key'],
    ['has a key that is too long', `{"key":"${'x'.repeat(1100)}","size":1}`, 'malformed-message', 'key'],
    ['has a key of too many bytes', `{"key":"${'é'.repeat(600)}","size":1}`, 'malformed-message', '1200 bytes'],
    ['has a key that UTF-8 cannot carry', '{"key":"\\ud800","size":1}', 'malformed-message', 'lone surrogate'],
    ['is about another bucket', '{"key":"a","bucket":"theirs"}', 'foreign-bucket', 'queue of its own'],
    ['is of another ledger', '{"backfill":"unknown","range":"r"}', 'backfill-unknown', 'POST /backfill'],
    ['is long', `{"padding":"${'x'.repeat(500_000)}"}`, 'malformed-message', "can't be read"],
  ])('one that %s', async (_, body, code, reason) => {
    await deliver(body);
    const letters = await takeDeadLetters();
    expect(letters).toEqual([{ body, code, reason: expect.stringContaining(reason) }]);
  });

  test('one that is as long as SQS allows, without its reason: the body matters more', async () => {
    const body = 'x'.repeat(SQS_MESSAGE_MAX_BYTES);
    await deliver(body);
    expect(await takeDeadLetters()).toEqual([{ body, code: '', reason: '' }]);
  });
});

describe('what a message may look like', () => {
  test.each([
    ['as the predecessors send it', '{"key":"old/1","size":100}', 'old/1'],
    ['with their sequencer', '{"key":"old/2","size":100,"sequencer":"005A7B2C"}', 'old/2'],
    ['with a key alone', '{"key":"old/3"}', 'old/3'],
    ['with a size that was true once', '{"key":"old/4","size":7}', 'old/4'],
    ['not in ASCII', '{"key":"旧/5","size":100}', '旧/5'],
  ])('%s', async (_, body, key) => {
    await seedStore(bridge.source, [{ key, sizeBytes: 100, metadata: {} }]);
    await deliver(body);
    expect(await bridge.destination.find(key)).toMatchObject({ sizeBytes: 100 });
    expect(await takeDeadLetters()).toEqual([]);
  });
});

test('a key that is gone from the source is done, not a failure', async () => {
  const { outcomes } = await statusOf(worker);
  await deliver('{"key":"gone","size":100}');
  expect((await statusOf(worker)).outcomes.sourceMissing.objects).toBe(outcomes.sourceMissing.objects + 1);
  expect(await takeDeadLetters()).toEqual([]);
  expect(await failuresOf(worker)).toEqual([]);
});

describe('the API', () => {
  test.each([
    ['without a token', { authorization: '' }],
    ['with a wrong token', { authorization: `Bearer ${LOCAL.apiToken}x` }],
    ['with a token of another kind', { authorization: `Basic ${LOCAL.apiToken}` }],
  ])('%s tells nothing', async (_, headers) => {
    for (const line of ['POST /backfill', 'GET /backfill', 'GET /status', 'GET /failures', 'GET /nothing'] as const) {
      const answer = await request(worker, line, { headers });
      expect(answer).toMatchObject({
        status: 401,
        body: { code: 'unauthorized', detail: expect.stringMatching('API_TOKEN') },
      });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  test('needs none for what orchestrators ask', async () => {
    for (const line of ['GET /livez', 'GET /readyz'] as const) {
      expect(await request(worker, line, { headers: { authorization: '' } })).toMatchObject({ status: 200 });
    }
  });

  const json = { 'content-type': 'application/json' };
  test.each([
    ['is no JSON', json, '{"prefix":', 400],
    ['is no object', json, '[]', 400],
    ['has unknown fields', json, '{"prefx":"a"}', 400],
    ['has an unknown mode', json, '{"mode":"everything"}', 400],
    ['has a prefix of the wrong type', json, '{"prefix":7}', 400],
    ['has a prefix that no key has', json, `{"prefix":"${'é'.repeat(600)}"}`, 400],
    ['is of another type', { 'content-type': 'text/plain' }, 'prefix=a', 415],
    ['is far too long', json, `{"prefix":"${'x'.repeat(20_000)}"}`, 413],
  ])('says what is wrong with a body that %s, and starts nothing', async (_, headers, body, status) => {
    const answer = await request(worker, 'POST /backfill', { headers, body });
    expect(answer).toMatchObject({ status, body: { status, detail: expect.stringMatching(/.{10}/) } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await request(worker, 'GET /backfill')).body).toEqual({ backfills: [] });
  });
});

test('and none of all this ended the worker, or left a message behind', async () => {
  expect(worker.process.exitCode).toBeNull();
  expect(await request(worker, 'GET /readyz')).toMatchObject({ status: 200 });
  expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toEqual([]);
  expect(deadLetters(bridge).every(({ receiveCount }) => receiveCount === 1)).toBe(true);
});
