import { describe, expect, test } from 'vitest';
import { createDeleteBuffer } from '../../../../aws-worker/queue/delete-buffer.ts';
import type { Disposition } from '../../../../aws-worker/queue/disposition.ts';
import { type SettleTools, settleMessage } from '../../../../aws-worker/queue/settle-message.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const HOUR = 3_600_000;
/** There is no heartbeat here. */
const HELD_SECONDS = 40_000;
const unavailable = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'down' });
const refused = new BridgeError({ kind: 'permanent', code: 'queue-refused', message: 'too long' });
const denied = new BridgeError({ kind: 'permanent', code: 'queue-access-denied', message: 'no' });

async function setUp() {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const recording = createRecordingLog();
  const { log } = recording;
  const stop = new AbortController();
  const receipt = { isLost: false };
  const unsent: string[] = [];
  const tools: SettleTools = {
    queue,
    deadLetters,
    deletes: createDeleteBuffer({ queue, clock, log }),
    name: 'live',
    isLost: () => receipt.isLost,
    letGo: async () => undefined,
    signal: stop.signal,
    onUnsent: error => void unsent.push(error.code),
    clock,
    log,
  };
  await queue.send([{ body: 'original' }]);
  const signal = new AbortController().signal;
  const [message] = await queue.receive({
    maxMessages: 1,
    waitSeconds: 0,
    visibilityTimeoutSeconds: HELD_SECONDS,
    signal,
  });
  if (message === undefined) throw new Error('nothing was received');
  return {
    clock,
    queue,
    deadLetters,
    recording,
    message,
    tools,
    stop,
    receipt,
    unsent,
    /** Does not wait for its end. */
    beginToSettle(disposition: Disposition) {
      let isSettled = false;
      const settled = settleMessage(message, disposition, tools).then(() => {
        isSettled = true;
      });
      return { settled, isSettled: () => isSettled };
    },
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

  describe.each([
    ['replace', replace],
    ['dead-letter', deadLetter],
  ] as const)('%s that cannot be sent', (_kind, disposition) => {
    async function setUpOutage(error: BridgeError) {
      const scene = await setUp();
      const outage = (failure: BridgeError | undefined) => {
        scene.queue.failAlways('send', failure);
        scene.deadLetters.failAlways('send', failure);
      };
      outage(error);
      const tries = () => scene.queue.calls.send - 1 + scene.deadLetters.calls.send;
      return { ...scene, ...scene.beginToSettle(disposition), heal: () => outage(undefined), tries };
    }

    test.each([
      ['warn', unavailable],
      ['error', denied],
    ] as const)('is held and tried at least each minute until it is sent; told once (%s)', async (level, error) => {
      const { clock, queue, deadLetters, settled, isSettled, heal, tries, recording, unsent } =
        await setUpOutage(error);
      await clock.advance(HOUR);
      expect(isSettled()).toBe(false);
      expect(queue.bodies).toEqual(['original']);
      expect(queue.calls).toMatchObject({ delete: 0, changeVisibility: 0 });
      expect(tries()).toBeGreaterThanOrEqual(60);
      expect(tries()).toBeLessThan(600);
      expect(unsent).toEqual(Array.from({ length: tries() }, () => error.code));
      expect(recording.lines(level)).toHaveLength(1);
      heal();
      await clock.advance(61_000);
      await settled;
      expect([...queue.bodies, ...deadLetters.bodies]).toHaveLength(1);
      expect(queue.bodies).not.toContain('original');
    });

    test('is given back when the worker stops, after one more try, not before its delay', async () => {
      const { clock, stop, queue, settled, isSettled, tries } = await setUpOutage(unavailable);
      await clock.advance(90_000);
      expect(isSettled()).toBe(false);
      const before = tries();
      stop.abort();
      await clock.settle();
      await settled;
      expect(tries()).toBe(before + 1);
      expect(queue.bodies).toEqual(['original']);
      const seconds = queue.invisibleSeconds('original');
      if (disposition.kind === 'replace') expect(seconds).toBe(disposition.delaySeconds);
      else expect(seconds).toBeLessThanOrEqual(5);
    });

    test('is sent by the try that a stop brings forward', async () => {
      const { clock, stop, queue, deadLetters, settled, heal } = await setUpOutage(unavailable);
      await clock.advance(90_000);
      heal();
      stop.abort();
      await clock.advance(200);
      await settled;
      expect([...queue.bodies, ...deadLetters.bodies]).toHaveLength(1);
      expect(queue.bodies).not.toContain('original');
    });

    test('is given back at once when the queue will never accept it', async () => {
      const { clock, queue, isSettled, tries, recording } = await setUpOutage(refused);
      await clock.settle();
      expect(isSettled()).toBe(true);
      expect(tries()).toBe(1);
      expect(queue.calls).toMatchObject({ delete: 0, changeVisibility: 1 });
      expect(recording.lines('error')).toHaveLength(1);
    });
  });

  test('a receipt that is lost meanwhile: the copy is still sent, and nothing deleted', async () => {
    const { clock, queue, receipt, beginToSettle } = await setUp();
    queue.failAlways('send', unavailable);
    const { settled } = beginToSettle(replace);
    await clock.advance(90_000);
    receipt.isLost = true;
    queue.failAlways('send', undefined);
    await clock.advance(61_000);
    await settled;
    expect(queue.bodies).toEqual(['original', 'copy']);
    expect(queue.calls.delete).toBe(0);
  });

  test('a receipt that is lost meanwhile: the dead letter is left to whoever has the message', async () => {
    const { clock, queue, deadLetters, receipt, beginToSettle } = await setUp();
    deadLetters.failAlways('send', unavailable);
    const { settled } = beginToSettle(deadLetter);
    await clock.advance(90_000);
    receipt.isLost = true;
    await clock.advance(61_000);
    await settled;
    expect(deadLetters.bodies).toEqual([]);
    expect(queue.calls).toMatchObject({ delete: 0, changeVisibility: 0 });
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

describe('settleMessage of a message whose receipt is lost', () => {
  test.each<Disposition>([{ kind: 'done' }, deadLetter, { kind: 'release' }, { kind: 'drop' }])(
    '$kind: nothing is asked of the queue',
    async disposition => {
      const { queue, deadLetters, receipt, settle } = await setUp();
      receipt.isLost = true;
      await settle(disposition);
      expect(queue.calls).toMatchObject({ send: 1, delete: 0, changeVisibility: 0 });
      expect(deadLetters.calls.send).toBe(0);
    },
  );

  test('says what it could not send when it has to stop', async () => {
    const { queue, clock, receipt, recording, stop, beginToSettle } = await setUp();
    receipt.isLost = true;
    queue.failAlways('send', unavailable);
    const { settled } = beginToSettle(replace);
    await clock.advance(100_000);
    stop.abort();
    await settled;
    expect(recording.lines('error').join()).toContain('copy');
    expect(queue.calls.changeVisibility).toBe(0);
  });
});
