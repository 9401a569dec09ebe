import { describe, expect, test } from 'vitest';
import { createDeleteBuffer } from '../../../../aws-worker/queue/delete-buffer.ts';
import type { Disposition } from '../../../../aws-worker/queue/disposition.ts';
import { settleLostMessage, settleMessage } from '../../../../aws-worker/queue/settle-message.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const unavailable = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'down' });
const denied = new BridgeError({ kind: 'permanent', code: 'queue-access-denied', message: 'no' });

async function setUp() {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const recording = createRecordingLog();
  const { log } = recording;
  const tools = { queue, deadLetters, deletes: createDeleteBuffer({ queue, clock, log }), name: 'live', clock, log };
  await queue.send([{ body: 'original' }]);
  const signal = new AbortController().signal;
  const [message] = await queue.receive({ maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 120, signal });
  if (message === undefined) throw new Error('nothing was received');
  return {
    clock,
    queue,
    deadLetters,
    recording,
    message,
    tools,
    async settle(disposition: Disposition) {
      const settled = settleMessage(message, disposition, tools);
      await clock.advance(60_000);
      await settled;
    },
  };
}

const replace: Disposition = { kind: 'replace', body: 'copy', delaySeconds: 900 };
const deadLetter: Disposition = { kind: 'dead-letter', code: 'foreign-bucket', reason: 'of another bucket' };

describe('settleMessage', () => {
  test('done: the message is gone', async () => {
    const { queue, settle } = await setUp();
    await settle({ kind: 'done' });
    expect(queue.bodies).toEqual([]);
  });

  test('replace: the copy is in the queue before the message is deleted', async () => {
    const { queue, settle } = await setUp();
    queue.failAlways('delete', denied);
    await settle(replace);
    expect(queue.stored).toMatchObject([{ body: 'original' }, { body: 'copy', delaySeconds: 900 }]);
    queue.failAlways('delete', undefined);
    await settle(replace);
    expect(queue.bodies).toEqual(['copy', 'copy']);
  });

  test('dead-letter: the body as it was, the reason beside it, the message gone', async () => {
    const { queue, deadLetters, settle } = await setUp();
    await settle(deadLetter);
    expect(queue.bodies).toEqual([]);
    expect(deadLetters.stored).toEqual([
      { body: 'original', attributes: { Code: 'foreign-bucket', Reason: 'of another bucket', SourceQueue: 'live' } },
    ]);
  });

  test('dead-letter with a body of its own: that one, for a redrive of the original would do nothing', async () => {
    const { deadLetters, settle } = await setUp();
    await settle({ ...deadLetter, body: 'afresh' });
    expect(deadLetters.stored).toMatchObject([{ body: 'afresh', attributes: { Code: 'foreign-bucket' } }]);
  });

  test.each([
    ['replace', replace, unavailable, 'warn'],
    ['replace', replace, denied, 'error'],
    ['dead-letter', deadLetter, unavailable, 'warn'],
    ['dead-letter', deadLetter, denied, 'error'],
  ] as const)('%s: nothing is deleted when the send fails', async (_kind, disposition, error, level) => {
    const { queue, deadLetters, settle, recording } = await setUp();
    queue.fail('send', error);
    deadLetters.fail('send', error);
    await settle(disposition);
    expect(queue.bodies).toEqual(['original']);
    expect(queue.calls).toMatchObject({ delete: 0, changeVisibility: 1 });
    expect(recording.lines(level)).toHaveLength(1);
  });

  test.each([
    [undefined, 1],
    [0, 0],
    [30, 30],
  ])('release after %s s: visible again then', async (delaySeconds, expected) => {
    const { queue, message, tools } = await setUp();
    await settleMessage(message, { kind: 'release', ...(delaySeconds === undefined ? {} : { delaySeconds }) }, tools);
    expect(queue.invisibleSeconds('original')).toBe(expected);
  });

  test('release that fails: left to the visibility timeout', async () => {
    const { queue, settle, recording } = await setUp();
    queue.fail('changeVisibility', unavailable);
    await settle({ kind: 'release' });
    expect(recording.lines('warn')).toHaveLength(1);
  });

  test('drop: nothing is asked of the queue', async () => {
    const { queue, settle } = await setUp();
    await settle({ kind: 'drop' });
    expect(queue.calls).toMatchObject({ send: 1, delete: 0, changeVisibility: 0 });
  });
});

describe('settleLostMessage', () => {
  test.each<Disposition>([{ kind: 'done' }, deadLetter, { kind: 'release' }, { kind: 'drop' }])(
    '$kind: nothing is asked of the queue',
    async disposition => {
      const { queue, message, clock, tools } = await setUp();
      await settleLostMessage(message, disposition, {
        queue,
        clock,
        log: tools.log,
        signal: new AbortController().signal,
      });
      expect(queue.calls).toMatchObject({ send: 1, delete: 0, changeVisibility: 0 });
    },
  );

  test('says what it could not send when it has to stop', async () => {
    const { queue, message, clock, tools, recording } = await setUp();
    queue.failAlways('send', unavailable);
    const stop = new AbortController();
    const settled = settleLostMessage(message, replace, { queue, clock, log: tools.log, signal: stop.signal });
    await clock.advance(100_000);
    stop.abort();
    await settled;
    expect(recording.lines('error').join()).toContain('copy');
  });
});
