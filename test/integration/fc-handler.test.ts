// The handler as Function Compute calls it, the SDK included, against an SQS that misbehaves on request.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../aliyun-fc/config.ts';
import { createHandler } from '../../aliyun-fc/index.ts';
import { createSqsClient, createSqsMessageSender, type SqsSenderOptions } from '../../aliyun-fc/sqs-message-sender.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { parseMessage } from '../../shared/messages/parse-message.ts';
import { fail, refuse, type SqsStub, startSqsStub } from '../fakes/sqs-stub.ts';
import { ossEventBytes } from '../fixtures/oss-events/read-fixture.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';

const SECRET_KEY = TEST_SECRETS['SECRET_KEY of the function'];
const SESSION_TOKEN = TEST_SECRETS['SESSION_TOKEN of the function'];

let stub: SqsStub;
beforeEach(async () => {
  stub = await startSqsStub();
});
afterEach(() => stub.close());

function environment() {
  return { ACCESS_KEY: 'AKIAEXAMPLE', SECRET_KEY, SESSION_TOKEN, QUEUE_URL: stub.queueUrl, LOG_LEVEL: 'silent' };
}

describe('the function', () => {
  it('turns an event into a message that the worker reads', async () => {
    const handler = createHandler(environment());
    const summary = await handler(ossEventBytes('put-object'), { requestId: '1-67260000-000000' });
    expect(summary).toEqual({ received: 1, forwarded: 1, ignored: 0 });
    expect(stub.accepted.map(parseMessage)).toEqual([
      {
        kind: 'object',
        message: {
          key: 'source/a.png',
          size: 122539,
          bucket: 'example-bucket',
          etag: '0CC175B9C0F1B6A831C399E269772661',
          eventTime: '2026-11-02T08:15:30.000Z',
        },
      },
    ]);
  });

  it('carries every key over unharmed, in ASCII', async () => {
    await createHandler(environment())(ossEventBytes('odd-keys'));
    const keys = stub.accepted.map(body => {
      expect(body).toMatch(/^[\x20-\x7e]+$/);
      const parsed = parseMessage(body);
      return parsed.kind === 'object' ? parsed.message.key : undefined;
    });
    expect(keys).toContain('中文/照片 1.jpg');
    expect(keys).toContain('a%20b+c');
    expect(keys).toContain('\ufffe');
    expect(keys).toHaveLength(8);
  });

  it('calls no queue for events that it ignores', async () => {
    await createHandler(environment())(ossEventBytes('upload-part'));
    expect(stub.calls).toEqual([]);
  });

  it('throws the faults of its configuration at every event, all of them', async () => {
    const handler = createHandler({});
    for (let call = 0; call < 2; call++) {
      await expect(handler(ossEventBytes('put-object'))).rejects.toMatchObject({
        code: 'invalid-configuration',
        message: expect.stringMatching(/ACCESS_KEY.*SECRET_KEY.*QUEUE_URL/s),
      });
    }
  });
});

describe('the sender', () => {
  const messages = Array.from({ length: 23 }, (_, index) => ({ key: `object-${index}.`, bucket: 'b' }));

  function send(options: Partial<SqsSenderOptions> = {}): Promise<void> {
    const config = readConfig(environment());
    const { queueUrl, region } = config;
    const backoff = { baseMilliseconds: 1, maximumMilliseconds: 4 };
    const client = createSqsClient(config);
    return createSqsMessageSender({ client, queueUrl, region, backoff, ...options }).send(messages);
  }

  async function failureOf(promise: Promise<void>): Promise<BridgeError> {
    const error: unknown = await promise.then(
      () => undefined,
      reason => reason,
    );
    if (!(error instanceof BridgeError)) throw new Error('It was to fail with a BridgeError.', { cause: error });
    return error;
  }

  it('sends tens', async () => {
    await send();
    expect(stub.calls.map(entries => entries.length)).toEqual([10, 10, 3]);
    expect(stub.accepted).toEqual(messages.map(message => JSON.stringify(message)));
  });

  it('sends again only what an answer of 200 refused', async () => {
    stub.next(refuse('object-3.', 'InternalError'), refuse('object-1', 'ServiceUnavailable'));
    await send();
    expect(stub.calls.map(entries => entries.length)).toEqual([10, 10, 3, 10, 1]);
    expect(new Set(stub.accepted).size).toBe(messages.length);
    expect(stub.accepted).toHaveLength(messages.length);
  });

  it('counts an entry that the answer does not mention as not sent', async () => {
    stub.next(() => ({ body: { Successful: [], Failed: [] } }));
    await send();
    expect(new Set(stub.accepted).size).toBe(messages.length);
  });

  it('gives up after a few tries, and says what SQS said', async () => {
    const always = refuse('object-7.', 'InternalError');
    stub.next(...Array.from({ length: 20 }, () => always));
    const error = await failureOf(send({ maxTries: 3 }));
    expect(error).toMatchObject({ kind: 'retryable', code: 'queue-rejected' });
    expect(error.message).toContain('1 of 23 messages: InternalError');
    expect(stub.calls).toHaveLength(5);
    expect(stub.accepted).toHaveLength(22);
  });

  it('gives up when its time is spent, though tries are left', async () => {
    const always = refuse('object-', 'InternalError');
    stub.next(...Array.from({ length: 100 }, () => always));
    const backoff = { baseMilliseconds: 60_000, maximumMilliseconds: 60_000, random: () => 1 };
    expect(await failureOf(send({ budgetMilliseconds: 200, backoff }))).toMatchObject({ code: 'queue-rejected' });
    expect(stub.calls).toHaveLength(3);
  });

  it('does not wait for a queue that stays silent longer than its time', async () => {
    stub.next(() => 'silence');
    const error = await failureOf(send({ budgetMilliseconds: 150 }));
    expect(error).toMatchObject({ kind: 'retryable', code: 'queue-unreachable' });
  });

  it('rides out a short outage', async () => {
    stub.next(fail(503, 'ServiceUnavailable'));
    await send();
    expect(stub.accepted).toHaveLength(messages.length);
  });

  it('does not take an answer for success whose checksums are those of other bodies', async () => {
    stub.next(entries => ({
      body: { Successful: entries.map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '0'.repeat(32) })) },
    }));
    expect(await failureOf(send())).toMatchObject({ kind: 'retryable' });
  });

  it.each<[name: string, status: number, code: string, kind: string, says: string]>([
    ['InvalidClientTokenId', 403, 'queue-credentials', 'permanent', 'ACCESS_KEY and SECRET_KEY'],
    ['UnrecognizedClientException', 400, 'queue-credentials', 'permanent', 'ACCESS_KEY and SECRET_KEY'],
    ['SignatureDoesNotMatch', 403, 'queue-credentials', 'permanent', "us-east-1 is the queue's region"],
    ['InvalidSignatureException', 403, 'queue-credentials', 'permanent', 'ACCESS_KEY and SECRET_KEY'],
    ['ExpiredTokenException', 400, 'queue-credentials-expired', 'permanent', 'SESSION_TOKEN has expired'],
    ['AccessDeniedException', 400, 'queue-access-denied', 'permanent', 'sqs:SendMessage'],
    ['QueueDoesNotExist', 400, 'queue-missing', 'permanent', 'There is no queue'],
    ['AWS.SimpleQueueService.NonExistentQueue', 400, 'queue-missing', 'permanent', 'There is no queue'],
    ['KmsAccessDenied', 400, 'queue-key-refused', 'permanent', 'kms:GenerateDataKey'],
    ['KmsThrottled', 400, 'queue-throttled', 'retryable', 'asked too often'],
    ['RequestThrottled', 403, 'queue-throttled', 'retryable', 'asked too often'],
    ['InternalFailure', 500, 'queue-failure', 'retryable', 'SQS failed'],
    ['UnsupportedOperation', 400, 'queue-refused', 'permanent', 'SQS refused a batch'],
  ])('says what to do about %s (%i)', async (name, status, code, kind, says) => {
    const answer = fail(status, name);
    stub.next(answer, answer, answer);
    const error = await failureOf(send());
    expect(error).toMatchObject({ code, kind });
    expect(error.message).toContain(says);
  });

  it('keeps secrets out of errors, even those that AWS quotes', async () => {
    stub.next(fail(403, 'SignatureDoesNotMatch', `The canonical string was x-amz-security-token:${SESSION_TOKEN}`));
    const error = await failureOf(send());
    const everything = `${error.message} ${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`;
    expect(everything).not.toContain(SESSION_TOKEN);
    expect(everything).not.toContain(SECRET_KEY);
  });

  it('says where nobody answers', async () => {
    const { host } = new URL(stub.queueUrl);
    await stub.close();
    const error = await failureOf(send());
    expect(error).toMatchObject({ kind: 'retryable', code: 'queue-unreachable' });
    expect(error.message).toContain(`${host} (ECONNREFUSED)`);
    stub = await startSqsStub();
  });
});
