import { describe, expect, onTestFinished, test } from 'vitest';
import { createHeartbeat } from '../../../../aws-worker/queue/heartbeat.ts';
import type { ReceivedMessage } from '../../../../aws-worker/queue/message-queue.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const SECOND = 1_000;
const unavailable = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'down' });

function setUp({
  visibilityTimeoutSeconds = 120,
  answerSeconds = 0,
  clock = createVirtualClock(),
  queue = createFakeMessageQueue(clock),
} = {}) {
  const changeVisibility: typeof queue.changeVisibility = async (...request) => {
    await clock.wait(answerSeconds * SECOND, new AbortController().signal);
    return queue.changeVisibility(...request);
  };
  const heartbeat = createHeartbeat({
    queue: answerSeconds === 0 ? queue : { ...queue, changeVisibility },
    visibilityTimeoutSeconds,
    heartbeatSeconds: visibilityTimeoutSeconds / 3,
    clock,
    log: createRecordingLog().log,
  });
  const stop = new AbortController();
  const running = heartbeat.run(stop.signal);
  onTestFinished(() => {
    stop.abort();
    return running;
  });
  /** When each watched message ended, by its body: seconds after it was received, and why. */
  const ends = new Map<string, { readonly code: string; readonly afterSeconds: number }>();
  return {
    clock,
    queue,
    ends,
    async receive(count: number, waitSeconds = 0): Promise<readonly ReceivedMessage[]> {
      const all: ReceivedMessage[] = [];
      while (all.length < count) {
        const signal = new AbortController().signal;
        all.push(...(await queue.receive({ maxMessages: 10, waitSeconds, visibilityTimeoutSeconds, signal })));
      }
      return all;
    },
    watch(message: ReceivedMessage): () => void {
      const since = clock.now();
      return heartbeat.watch(message, error => {
        ends.set(message.body, { code: error.code, afterSeconds: (clock.now() - since) / SECOND });
      });
    },
  };
}

const bodies = (count: number) => Array.from({ length: count }, (_, index) => ({ body: `m${index}` }));

describe('extending', () => {
  test('goes on for nine when one fails in a way of its own, which is tried again by itself', async () => {
    const clock = createVirtualClock();
    const fake = createFakeMessageQueue(clock);
    const groups: number[] = [];
    const changeVisibility: typeof fake.changeVisibility = async (handles, seconds) => {
      groups.push(handles.length);
      const bad = handles.filter(handle => handle.startsWith('message-3/'));
      const good = handles.filter(handle => !bad.includes(handle));
      const { lost } = await fake.changeVisibility(good, seconds);
      return { lost, failed: new Map(bad.map(handle => [handle, unavailable])) };
    };
    const { ends, receive, watch } = setUp({ clock, queue: { ...fake, changeVisibility } });
    await fake.send(bodies(10));
    for (const message of await receive(10)) watch(message);
    await clock.advance(400 * SECOND);
    expect([...ends.keys()]).toEqual(['m2']);
    expect(groups[0]).toBe(10);
    expect(
      groups
        .slice(1)
        .filter(size => size > 1)
        .every(size => size === 9 || size === 10),
    ).toBe(true);
    expect(groups).toContain(1);
    expect(fake.invisibleSeconds('m0')).toBeGreaterThan(60);
  });

  test('takes ten messages a request, all at one time', async () => {
    const { clock, queue, receive, watch } = setUp();
    await queue.send(bodies(25));
    for (const message of await receive(25)) watch(message);
    await clock.advance(45 * SECOND);
    expect(queue.calls.changeVisibility).toBe(3);
  });

  test('lets messages that are due soon go along', async () => {
    const { clock, queue, receive, watch } = setUp();
    await queue.send([{ body: 'early' }]);
    for (const message of await receive(1)) watch(message);
    await clock.advance(15 * SECOND);
    await queue.send([{ body: 'late' }]);
    for (const message of await receive(1)) watch(message);
    await clock.advance(30 * SECOND);
    expect(queue.calls.changeVisibility).toBe(1);
    expect(queue.invisibleSeconds('late')).toBeGreaterThan(110);
  });

  test('costs nothing for messages that end before it is due', async () => {
    const { clock, queue, receive, watch } = setUp();
    await queue.send(bodies(3));
    const unwatch = (await receive(3)).map(watch);
    await clock.advance(30 * SECOND);
    for (const end of unwatch) end();
    await clock.advance(300 * SECOND);
    expect(queue.calls.changeVisibility).toBe(0);
  });

  test('asks once at a time, however slow the answer is', async () => {
    const { clock, queue, receive, watch, ends } = setUp({ answerSeconds: 30 });
    await queue.send(bodies(1));
    for (const message of await receive(1)) watch(message);
    await clock.advance(115 * SECOND);
    expect(queue.calls.changeVisibility).toBe(2);
    expect(ends.size).toBe(0);
  });

  test('bridges failures that are shorter than the visibility timeout', async () => {
    const { clock, queue, receive, watch, ends } = setUp();
    await queue.send(bodies(1));
    for (const message of await receive(1)) watch(message);
    queue.failAlways('changeVisibility', unavailable);
    await clock.advance(80 * SECOND);
    queue.failAlways('changeVisibility', undefined);
    await clock.advance(600 * SECOND);
    expect(ends.size).toBe(0);
    expect(queue.invisibleSeconds('m0')).toBeGreaterThan(60);
  });
});

describe('a receipt is lost', () => {
  test.each([12, 30, 120, 900])(
    'before others can see the message, when nothing could be extended for nearly %d s',
    async visibilityTimeoutSeconds => {
      const { clock, queue, receive, watch, ends } = setUp({ visibilityTimeoutSeconds });
      await queue.send(bodies(1));
      for (const message of await receive(1)) watch(message);
      queue.failAlways('changeVisibility', unavailable);
      await clock.advance(visibilityTimeoutSeconds * SECOND);
      expect(ends.get('m0')).toMatchObject({ code: 'receipt-lost' });
      expect(ends.get('m0')?.afterSeconds).toBeGreaterThan(visibilityTimeoutSeconds / 2);
      expect(ends.get('m0')?.afterSeconds).toBeLessThan(visibilityTimeoutSeconds - 1);
    },
  );

  test('when SQS says so, at the next extension, and only that one', async () => {
    const { clock, queue, receive, watch, ends } = setUp();
    await queue.send(bodies(2));
    for (const message of await receive(2)) watch(message);
    queue.takeAway('m1');
    await clock.advance(45 * SECOND);
    expect([...ends.keys()]).toEqual(['m1']);
    const calls = queue.calls.changeVisibility;
    await clock.advance(600 * SECOND);
    expect(queue.calls.changeVisibility).toBeGreaterThan(calls);
    expect([...ends.keys()]).toEqual(['m1']);
  });

  test('not because the poll waited long for the message', async () => {
    const { clock, queue, receive, watch, ends } = setUp({ visibilityTimeoutSeconds: 12 });
    const receiving = receive(1, 20);
    await clock.advance(19 * SECOND);
    await queue.send(bodies(1));
    for (const message of await receiving) watch(message);
    await clock.advance(60 * SECOND);
    expect(ends.size).toBe(0);
  });

  test('in a request of ten that fails, without harm to those of the next ten', async () => {
    const { clock, queue, receive, watch, ends } = setUp();
    await queue.send(bodies(20));
    for (const message of await receive(20)) watch(message);
    await clock.advance(39 * SECOND);
    queue.fail('changeVisibility', unavailable);
    await clock.advance(300 * SECOND);
    expect(ends.size).toBe(0);
  });
});

test('is told of the 12 hour limit once, at 11 hours, and extended on', async () => {
  const { clock, queue, receive, watch, ends } = setUp({ visibilityTimeoutSeconds: 600 });
  await queue.send(bodies(1));
  for (const message of await receive(1)) watch(message);
  await clock.advance(11 * 3_600 * SECOND + 60 * SECOND);
  expect(ends.get('m0')).toMatchObject({ code: 'receipt-near-limit' });
  ends.clear();
  await clock.advance(1_200 * SECOND);
  expect(ends.size).toBe(0);
  expect(queue.invisibleSeconds('m0')).toBeGreaterThan(300);
});
