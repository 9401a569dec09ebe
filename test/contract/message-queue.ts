// What every MessageQueue promises; the fake and SQS run it.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withHistory } from '../../aws-worker/queue/message-history.ts';
import type { MessageQueue, ReceivedMessage } from '../../aws-worker/queue/message-queue.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';

export interface OpenedQueue {
  readonly queue: MessageQueue;
  /** Lets this much of the queue's time pass. */
  passSeconds(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const VISIBILITY_SECONDS = 120;
const TWELVE_HOURS_SECONDS = 43_200;

export function describeMessageQueue(name: string, open: () => Promise<OpenedQueue>): void {
  describe(name, () => {
    let opened: OpenedQueue;
    let queue: MessageQueue;

    beforeEach(async () => {
      opened = await open();
      queue = opened.queue;
    });
    afterEach(() => opened.close());

    const receive = (options: { maxMessages?: number; visibilityTimeoutSeconds?: number } = {}) =>
      queue.receive({
        maxMessages: 10,
        waitSeconds: 0,
        visibilityTimeoutSeconds: VISIBILITY_SECONDS,
        signal: new AbortController().signal,
        ...options,
      });

    async function receiveOne(options: { visibilityTimeoutSeconds?: number } = {}): Promise<ReceivedMessage> {
      const [message] = await receive(options);
      if (message === undefined) throw new Error('nothing was received');
      return message;
    }

    async function receiveAll(): Promise<readonly string[]> {
      const bodies: string[] = [];
      for (;;) {
        const messages = await receive();
        if (messages.length === 0) return bodies;
        bodies.push(...messages.map(message => message.body));
      }
    }

    test('gives what was sent, as it was sent', async () => {
      const body = '{"key":"a\\u4f60 \\ud83d\\ude00"}\n\tä你😀 &<>"';
      await queue.send([{ body }]);
      expect(await receiveOne()).toMatchObject({ body, receiveCount: 1 });
    });

    test('answers an empty list when there is nothing', async () => {
      expect(await receive()).toEqual([]);
    });

    test('sends any number, and gives no more at once than asked for', async () => {
      const sent = Array.from({ length: 25 }, (_, index) => `message ${index}`);
      await queue.send(sent.map(body => ({ body })));
      const some = await receive({ maxMessages: 3 });
      expect(some).toHaveLength(3);
      const bodies = [...some.map(message => message.body), ...(await receiveAll())];
      expect(bodies.sort()).toEqual(sent.sort());
    });

    test('sends more together than one batch may hold', async () => {
      const body = 'x'.repeat(SQS_MESSAGE_MAX_BYTES / 2 + 1);
      await queue.send([{ body }, { body }]);
      expect((await receiveAll()).map(received => received.length)).toEqual([body.length, body.length]);
    });

    test('refuses a message that is too long', async () => {
      const body = 'x'.repeat(SQS_MESSAGE_MAX_BYTES + 1);
      await expect(queue.send([{ body }])).rejects.toMatchObject({ kind: 'permanent', code: 'queue-refused' });
    });

    test('hides a message for as long as it was delayed', async () => {
      await queue.send([{ body: 'late', delaySeconds: 60 }]);
      await opened.passSeconds(59);
      expect(await receive()).toEqual([]);
      await opened.passSeconds(2);
      expect(await receiveAll()).toEqual(['late']);
    });

    test('gives a message again when its visibility timeout has ended, and counts', async () => {
      await queue.send([{ body: 'a' }]);
      const first = await receiveOne();
      await opened.passSeconds(VISIBILITY_SECONDS - 1);
      expect(await receive()).toEqual([]);
      await opened.passSeconds(2);
      const second = await receiveOne();
      expect(second).toMatchObject({ messageId: first.messageId, receiveCount: 2 });
      expect(second.receiptHandle).not.toBe(first.receiptHandle);
    });

    test("a copy's count goes on from its history, which it keeps as it was sent", async () => {
      const history = { crashes: 3, handOvers: 7 };
      await queue.send([withHistory({ body: 'a', attributes: { Other: 'x' } }, history)]);
      expect(await receiveOne({ visibilityTimeoutSeconds: 0 })).toMatchObject({ receiveCount: 4, handOvers: 7 });
      expect(await receiveOne()).toMatchObject({ body: 'a', receiveCount: 5, handOvers: 7 });
    });

    test('extends invisibility from now on', async () => {
      await queue.send([{ body: 'a' }]);
      const { receiptHandle } = await receiveOne();
      await opened.passSeconds(100);
      expect(await queue.changeVisibility([receiptHandle], VISIBILITY_SECONDS)).toMatchObject({ lost: [] });
      await opened.passSeconds(100);
      expect(await receive()).toEqual([]);
      await opened.passSeconds(21);
      expect(await receiveAll()).toEqual(['a']);
    });

    test('gives a message at once that was released', async () => {
      await queue.send([{ body: 'a' }]);
      await queue.changeVisibility([(await receiveOne()).receiptHandle], 0);
      expect(await receiveOne()).toMatchObject({ body: 'a', receiveCount: 2 });
    });

    test('names handles as lost whose timeout has ended, and extends the others', async () => {
      await queue.send([{ body: 'short' }]);
      const short = await receiveOne({ visibilityTimeoutSeconds: 10 });
      await queue.send([{ body: 'long' }]);
      const long = await receiveOne();
      await opened.passSeconds(60);
      const handles = [short.receiptHandle, long.receiptHandle];
      expect(await queue.changeVisibility(handles, VISIBILITY_SECONDS)).toMatchObject({ lost: [short.receiptHandle] });
      await opened.passSeconds(90);
      expect(await receiveAll()).toEqual(['short']);
    });

    test('names a handle as lost that would be held for more than 12 hours', async () => {
      await queue.send([{ body: 'a' }]);
      const { receiptHandle } = await receiveOne({ visibilityTimeoutSeconds: TWELVE_HOURS_SECONDS });
      await opened.passSeconds(100);
      const { lost } = await queue.changeVisibility([receiptHandle], TWELVE_HOURS_SECONDS);
      expect(lost).toEqual([receiptHandle]);
    });

    test('deletes any number for good, and once more is no error', async () => {
      await queue.send(Array.from({ length: 12 }, (_, index) => ({ body: `message ${index}` })));
      const handles = [...(await receive()), ...(await receive())].map(message => message.receiptHandle);
      expect(handles).toHaveLength(12);
      expect(await queue.delete(handles)).toEqual({ lost: [] });
      await queue.delete(handles);
      await opened.passSeconds(VISIBILITY_SECONDS + 1);
      expect(await receive()).toEqual([]);
    });

    test('names a handle as lost whose message is deleted', async () => {
      await queue.send([{ body: 'a' }]);
      const { receiptHandle } = await receiveOne();
      await queue.delete([receiptHandle]);
      expect(await queue.changeVisibility([receiptHandle], 60)).toMatchObject({ lost: [receiptHandle] });
    });

    test('names what never was a handle as lost, and deletes the others', async () => {
      await queue.send([{ body: 'a' }]);
      const { receiptHandle } = await receiveOne();
      expect(await queue.delete(['never a handle', receiptHandle])).toEqual({ lost: ['never a handle'] });
      await opened.passSeconds(VISIBILITY_SECONDS + 1);
      expect(await receive()).toEqual([]);
    });

    test('a waiting receive gets what is sent meanwhile', async () => {
      const signal = new AbortController().signal;
      const receiving = queue.receive({ maxMessages: 10, waitSeconds: 20, visibilityTimeoutSeconds: 60, signal });
      await queue.send([{ body: 'a' }]);
      expect((await receiving).map(message => message.body)).toEqual(['a']);
    });

    test('an abort ends a waiting receive', async () => {
      const stop = new AbortController();
      const receiving = queue.receive({
        maxMessages: 10,
        waitSeconds: 20,
        visibilityTimeoutSeconds: 60,
        signal: stop.signal,
      });
      stop.abort();
      await expect(receiving).rejects.toMatchObject({ kind: 'cancelled' });
    });
  });
}
