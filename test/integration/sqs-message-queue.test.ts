import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MessageQueue } from '../../aws-worker/queue/message-queue.ts';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { createSqsMessageQueue } from '../../aws-worker/queue/sqs-message-queue.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { allSucceed, errorAnswer, failing, type ScriptedSqs, startScriptedSqs } from '../fakes/scripted-sqs.ts';

let sqs: ScriptedSqs;
let queue: MessageQueue;
let client: ReturnType<typeof createSqsClient>;

beforeEach(async () => {
  sqs = await startScriptedSqs();
  client = createSqsClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  });
  const retry = { attempts: 3, baseMilliseconds: 1, maximumMilliseconds: 2 };
  queue = createSqsMessageQueue({ client, queueUrl: sqs.queueUrl, log: createRecordingLog().log, retry });
});

afterEach(async () => {
  client.destroy();
  await sqs.close();
});

const handles = (count: number) => Array.from({ length: count }, (_, index) => `handle-${index}`);
const never = new AbortController().signal;
const poll = { maxMessages: 10, waitSeconds: 20, visibilityTimeoutSeconds: 120, signal: never };
const busy = { Code: 'InternalError', SenderFault: false };

describe('send', () => {
  // The client checks the MD5 of each accepted body.
  const md5OfBody = { a: '0cc175b9c0f1b6a831c399e269772661', b: '92eb5ffee6ae2fec3ad71c777531578f' };
  const accept = (Id: string, body: 'a' | 'b') => ({ Id, MessageId: `m-${body}`, MD5OfMessageBody: md5OfBody[body] });

  test('sends again only what was not accepted', async () => {
    sqs.answer(
      () => ({ body: { Successful: [accept('0', 'a')], Failed: [{ Id: '1', ...busy }] } }),
      () => ({ body: { Successful: [accept('0', 'b')], Failed: [] } }),
    );
    await queue.send([{ body: 'a' }, { body: 'b', delaySeconds: 5 }]);
    expect(sqs.calls[1]?.input.Entries).toEqual([{ Id: '0', MessageBody: 'b', DelaySeconds: 5 }]);
  });

  test('throws what is not accepted in the end', async () => {
    sqs.answer(failing(['0'], busy));
    await expect(queue.send([{ body: 'a' }])).rejects.toMatchObject({ kind: 'retryable', code: 'queue-unavailable' });
    expect(sqs.calls).toHaveLength(3);
  });

  test('sends the others of a batch before it throws that one is refused', async () => {
    sqs.answer(
      () => ({
        body: {
          Successful: [],
          Failed: [
            { Id: '0', Code: 'InvalidMessageContents', SenderFault: true },
            { Id: '1', ...busy },
          ],
        },
      }),
      () => ({ body: { Successful: [accept('0', 'b')] } }),
    );
    await expect(queue.send([{ body: 'a' }, { body: 'b' }])).rejects.toMatchObject({ code: 'queue-refused' });
    expect(sqs.calls[1]?.input.Entries).toEqual([{ Id: '0', MessageBody: 'b' }]);
  });

  test('does not take silence about an entry for success', async () => {
    sqs.answer(() => ({ body: { Successful: [], Failed: [] } }));
    await expect(queue.send([{ body: 'a' }])).rejects.toMatchObject({ code: 'queue-unavailable' });
  });

  test('carries attributes as strings', async () => {
    sqs.answer(() => ({ body: { Successful: [accept('0', 'a')] } }));
    await queue.send([{ body: 'a', attributes: { Reason: 'why' } }]);
    expect(sqs.calls[0]?.input.Entries).toMatchObject([
      { MessageAttributes: { Reason: { DataType: 'String', StringValue: 'why' } } },
    ]);
  });

  test('splits by bytes as well as by count', async () => {
    sqs.answer(failing(['0'], { Code: 'InvalidMessageContents', SenderFault: true }));
    const half = { body: 'x'.repeat(SQS_MESSAGE_MAX_BYTES / 2 + 1) };
    await expect(queue.send([half, half])).rejects.toMatchObject({ code: 'queue-refused' });
    expect(sqs.calls.map(call => call.ids)).toEqual([['0'], ['0']]);
  });
});

describe('delete and changeVisibility', () => {
  test('go in tens and name the lost handles', async () => {
    sqs.answer(allSucceed, failing(['1'], { Code: 'ReceiptHandleIsInvalid', SenderFault: true }));
    const { lost } = await queue.delete(handles(12));
    expect(sqs.calls.map(call => call.ids.length).sort()).toEqual([10, 2].sort());
    expect(lost).toHaveLength(1);
  });

  test('a lost handle is not tried again, a transient failure is', async () => {
    sqs.answer(
      call => ({
        body: {
          Failed: [
            { Id: '0', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
            { Id: '1', ...busy },
          ],
          Successful: call.ids.slice(2).map(Id => ({ Id })),
        },
      }),
      allSucceed,
    );
    expect(await queue.changeVisibility(handles(3), 120)).toMatchObject({ lost: ['handle-0'] });
    expect(sqs.calls[1]?.input.Entries).toEqual([{ Id: '0', ReceiptHandle: 'handle-1', VisibilityTimeout: 120 }]);
  });

  test('a change of visibility that is refused for one handle is the failure of that handle', async () => {
    sqs.answer(failing(['1'], { Code: 'InvalidParameterValue', Message: 'in words of tomorrow', SenderFault: true }));
    const { lost, failed } = await queue.changeVisibility(handles(3), 120);
    expect(lost).toEqual([]);
    expect([...failed]).toEqual([['handle-1', expect.objectContaining({ code: 'queue-refused' })]]);
  });

  test('a change of visibility that is refused for all is thrown', async () => {
    sqs.answer(failing(['0'], { Code: 'InvalidParameterValue', Message: 'in words of tomorrow', SenderFault: true }));
    await expect(queue.changeVisibility(handles(1), 120)).rejects.toMatchObject({ code: 'queue-refused' });
  });

  test.each(['reset', errorAnswer(503, 'ServiceUnavailable', 'later'), errorAnswer(400, 'RequestThrottled', 'slow')])(
    'a whole request that failed is sent again (%#)',
    async failure => {
      sqs.answer(typeof failure === 'string' ? () => 'reset' : failure, allSucceed);
      expect(await queue.delete(handles(1))).toEqual({ lost: [] });
    },
  );

  test('what cannot succeed is thrown at once', async () => {
    sqs.answer(errorAnswer(400, 'QueueDoesNotExist', 'no'));
    await expect(queue.delete(handles(1))).rejects.toMatchObject({ kind: 'permanent', code: 'queue-missing' });
    expect(sqs.calls).toHaveLength(1);
  });

  test('nothing to do asks nothing', async () => {
    await queue.delete([]);
    await queue.changeVisibility([], 0);
    await queue.send([]);
    expect(sqs.calls).toEqual([]);
  });
});

describe('receive', () => {
  test('returns what a worker needs, the receive count included', async () => {
    sqs.answer(() => ({
      body: {
        Messages: [
          {
            MessageId: 'm',
            ReceiptHandle: 'h',
            Body: 'a',
            MD5OfBody: '0cc175b9c0f1b6a831c399e269772661',
            Attributes: { ApproximateReceiveCount: '3' },
          },
        ],
      },
    }));
    const before = performance.now();
    const [message] = await queue.receive(poll);
    expect(message).toMatchObject({ messageId: 'm', receiptHandle: 'h', body: 'a', receiveCount: 3 });
    expect(message?.receivedAtMilliseconds).toBeGreaterThanOrEqual(before);
    expect(message?.receivedAtMilliseconds).toBeLessThanOrEqual(performance.now());
    expect(sqs.calls[0]?.input).toMatchObject({ MaxNumberOfMessages: 10, WaitTimeSeconds: 20, VisibilityTimeout: 120 });
  });

  test('an abort ends the poll at once, with the reason of the signal', async () => {
    sqs.answer(() => 'silence');
    const stop = new AbortController();
    const receiving = queue.receive({ ...poll, signal: stop.signal });
    await expect.poll(() => sqs.calls.length).toBe(1);
    stop.abort();
    await expect(receiving).rejects.toMatchObject({ kind: 'cancelled' });
  });

  test('a failed poll is tried once; its caller waits', async () => {
    sqs.answer(errorAnswer(500, 'InternalError', 'x'));
    await expect(queue.receive(poll)).rejects.toMatchObject({ kind: 'retryable', code: 'queue-unavailable' });
    expect(sqs.calls).toHaveLength(1);
  });

  test('an answer that is not JSON is no empty queue', async () => {
    sqs.answer(() => ({ status: 200, body: '<html>proxy</html>' }));
    await expect(queue.receive(poll)).rejects.toMatchObject({ code: 'queue-unavailable' });
  });
});
