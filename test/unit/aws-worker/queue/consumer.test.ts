import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ConsumerOptions, createConsumer } from '../../../../aws-worker/queue/consumer.ts';
import type { Disposition } from '../../../../aws-worker/queue/disposition.ts';
import type { ReceivedMessage } from '../../../../aws-worker/queue/message-queue.ts';
import { BridgeError, cancelledBy } from '../../../../shared/bridge-error.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock, type VirtualClock } from '../../../fakes/virtual-clock.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const unavailable = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'down' });

interface Work {
  readonly message: ReceivedMessage;
  readonly signal: AbortSignal;
  finish(disposition: Disposition): void;
  fail(error: unknown): void;
}

/** A consumer whose handler waits until the test ends each piece of work. */
function setUp(options: Partial<Omit<ConsumerOptions, 'clock'>> & { readonly clock?: VirtualClock } = {}) {
  const { clock = createVirtualClock() } = options;
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const recording = createRecordingLog();
  const started: Work[] = [];
  const consumer = createConsumer({
    queue,
    deadLetters,
    name: 'live',
    handle: (message, { signal }) =>
      new Promise((finish, fail) => {
        started.push({ message, signal, finish, fail });
      }),
    weigh: body => ({ bytes: Number(/\d+/.exec(body)?.[0] ?? 0), isBackfill: body.startsWith('batch') }),
    window: { maxMessages: 20, maxBytes: 1_000 },
    visibilityTimeoutSeconds: 120,
    log: recording.log,
    ...options,
    clock,
  });
  onTestFinished(async () => {
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(60 * SECOND);
    await stopped;
  });
  return {
    clock,
    queue,
    deadLetters,
    recording,
    started,
    consumer,
    bodies: () => started.map(work => work.message.body),
    /** Starts it with these messages in the queue. */
    async begin(...bodies: readonly string[]) {
      await queue.send(bodies.map(body => ({ body })));
      consumer.start();
      await clock.settle();
    },
    work(body: string): Work {
      const found = started.findLast(candidate => candidate.message.body === body);
      if (found === undefined) throw new Error(`${body} was not started`);
      return found;
    },
  };
}

/** Two messages: the first is received first, the second was received once by a worker that died. */
async function queueWithCrashed(first: string, crashed: string) {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock, { order: visible => visible.toReversed() });
  const signal = new AbortController().signal;
  await queue.send([{ body: crashed }]);
  await queue.receive({ maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 0, signal });
  await queue.send([{ body: first }]);
  return { clock, queue };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `m${'abcdefghijklmnopqrstuvwxyz'[index]}`);

describe('receiving', () => {
  test('does not wait for the slowest message of a batch', async () => {
    const { begin, clock, work, bodies, queue } = setUp({ window: { maxMessages: 3, maxBytes: 1_000 } });
    await begin('ma', 'mb', 'mc', 'md');
    expect(bodies()).toEqual(['ma', 'mb', 'mc']);
    work('mb').finish({ kind: 'done' });
    await clock.advance(200);
    expect(bodies()).toEqual(['ma', 'mb', 'mc', 'md']);
    expect(queue.bodies).toEqual(['ma', 'mc', 'md']);
  });

  test('asks for no more than there is room for, and for nothing when there is none', async () => {
    const { begin, clock, queue, consumer } = setUp({ window: { maxMessages: 12, maxBytes: 1_000 } });
    await begin(...names(20));
    await clock.advance(60 * SECOND);
    expect(queue.asked).toEqual([10, 2]);
    expect(consumer.inFlight).toEqual({ messages: 12, bytes: 0 });
  });

  test('starts only what fits by bytes; a smaller message passes one that does not', async () => {
    const { begin, clock, work, bodies, consumer } = setUp();
    await begin('big 600', 'big 700', 'small 5');
    expect(bodies()).toEqual(['big 600', 'small 5']);
    expect(consumer.inFlight.bytes).toBe(605);
    work('big 600').finish({ kind: 'done' });
    await clock.settle();
    expect(bodies()).toEqual(['big 600', 'small 5', 'big 700']);
  });

  test('works on a message that is over the window by itself, with no other large one beside it', async () => {
    const { begin, bodies, consumer } = setUp();
    await begin('huge 5000', 'big 60', 'small 1');
    expect(bodies()).toEqual(['huge 5000', 'small 1']);
    expect(consumer.inFlight).toEqual({ messages: 2, bytes: 5_001 });
  });

  test('hands over what finds no room for long, without raising its receive count', async () => {
    const { begin, clock, bodies, queue, work } = setUp();
    await begin('big 900', 'big 800');
    await clock.advance(42 * SECOND);
    expect(bodies()).toEqual(['big 900']);
    expect(queue.bodies).toEqual(['big 900', 'big 800']);
    work('big 900').finish({ kind: 'done' });
    await clock.advance(30 * SECOND);
    expect(work('big 800').message.receiveCount).toBe(1);
  });

  test('hands over what finds no room for long and was received before: its count goes on in the copy', async () => {
    const { clock, queue } = await queueWithCrashed('big 900', 'big 800');
    const { begin, bodies, work } = setUp({ clock, queue });
    await begin();
    await clock.advance(41 * SECOND);
    expect(bodies()).toEqual(['big 900']);
    expect(queue.receiveCount('big 800')).toBe(0);
    expect(queue.invisibleSeconds('big 800')).toBeGreaterThan(0);
    expect(queue.invisibleSeconds('big 800')).toBeLessThanOrEqual(5);
    work('big 900').finish({ kind: 'done' });
    await clock.advance(30 * SECOND);
    expect(work('big 800').message.receiveCount).toBe(2);
    expect(queue.receiveCount('big 800')).toBe(1);
  });

  test('waits longer each time before what found no room comes again', async () => {
    const { begin, clock, queue } = setUp();
    await begin('big 900', 'big 800');
    const delays: number[] = [];
    for (let second = 0; second < 2 * 3_600; second += 1) {
      await clock.advance(SECOND);
      const delay = queue.stored.find(({ body }) => body === 'big 800')?.delaySeconds;
      if (delay !== undefined && delay !== delays.at(-1)) delays.push(delay);
    }
    expect(delays[0]).toBeLessThanOrEqual(5);
    expect(Math.max(...delays)).toBeGreaterThan(400);
    expect(queue.calls.send).toBeLessThan(20);
    expect(queue.receiveCount('big 800')).toBeLessThanOrEqual(1);
  });

  test('goes on for live messages while batches fill their slots; surplus batches are handed over', async () => {
    const window = { maxMessages: 20, maxBytes: 1_000, maxBackfillMessages: 2 };
    const { begin, clock, bodies, queue, work } = setUp({ window });
    await begin(...Array.from({ length: 40 }, (_, index) => `batch ${index}`));
    await clock.advance(2 * SECOND);
    expect(bodies()).toEqual(['batch 0', 'batch 1']);
    expect(queue.invisibleSeconds('batch 39')).toBeGreaterThan(0);
    await queue.send([{ body: 'live' }]);
    await clock.advance(10 * SECOND);
    expect(bodies()).toEqual(['batch 0', 'batch 1', 'live']);
    work('batch 0').finish({ kind: 'done' });
    await clock.settle();
    expect(bodies()).toHaveLength(4);
    for (let round = 0; queue.bodies.length > 0 && round < 1_000; round += 1) {
      for (const body of bodies()) work(body).finish({ kind: 'done' });
      await clock.advance(SECOND);
    }
    expect(queue.bodies).toEqual([]);
    expect(new Set(bodies()).size).toBe(41);
    expect(bodies()).toHaveLength(41);
  });

  test('receives nothing while it may not, and goes on when it may', async () => {
    let mayReceive = false;
    const { begin, clock, bodies, queue, consumer } = setUp({ mayReceive: () => mayReceive });
    await begin('ma');
    await clock.advance(10 * SECOND);
    expect(queue.calls.receive).toBe(0);
    expect(consumer.state.isPolling).toBe(false);
    mayReceive = true;
    await clock.advance(1 * SECOND);
    expect(bodies()).toEqual(['ma']);
    expect(consumer.state.isPolling).toBe(true);
  });

  test('waits out failed receives, longer each time up to 30 s, and never ends', async () => {
    const { begin, clock, queue, bodies, consumer, recording } = setUp();
    queue.failAlways('receive', unavailable);
    await begin();
    await clock.advance(1 * HOUR);
    expect(queue.calls.receive).toBeGreaterThan(120);
    expect(queue.calls.receive).toBeLessThan(600);
    expect(consumer.state.consecutiveErrors).toBe(queue.calls.receive);
    expect(consumer.state.lastError).toBe(unavailable);
    queue.failAlways('receive', undefined);
    await queue.send([{ body: 'ma' }]);
    await clock.advance(30 * SECOND);
    expect(bodies()).toEqual(['ma']);
    expect(consumer.state.consecutiveErrors).toBe(0);
    expect(recording.lines('info').join()).toContain('received again');
  });

  test('outlives a receive that fails in a way nobody foresaw', async () => {
    const { begin, clock, queue, bodies, recording } = setUp();
    queue.fail('receive', new TypeError('bug'));
    await begin('ma');
    await clock.advance(30 * SECOND);
    expect(bodies()).toEqual(['ma']);
    expect(recording.lines('error')).toHaveLength(1);
  });

  test('is held back by deletes that do not succeed', async () => {
    // The longest waits between their tries: with luck, jitter lets a batch of deletes give up within this test.
    vi.spyOn(Math, 'random').mockReturnValue(1);
    onTestFinished(() => void vi.restoreAllMocks());
    const { begin, clock, queue, started } = setUp({
      window: { maxMessages: 2, maxBytes: 1_000 },
      visibilityTimeoutSeconds: 43_000,
    });
    queue.failAlways('delete', unavailable);
    await begin(...names(10));
    for (const turn of [0, 1, 2, 3, 4, 5]) {
      started[turn]?.finish({ kind: 'done' });
      await clock.advance(200);
    }
    expect(started).toHaveLength(4);
  });
});

describe('how a message ends', () => {
  test('done: deleted', async () => {
    const { begin, clock, work, queue } = setUp();
    await begin('ma');
    work('ma').finish({ kind: 'done' });
    await clock.advance(200);
    expect(queue.bodies).toEqual([]);
  });

  test('deletes go in batches of ten', async () => {
    const { begin, clock, started, queue } = setUp();
    await begin(...names(20));
    for (const work of started) work.finish({ kind: 'done' });
    await clock.advance(200);
    expect(queue.bodies).toEqual([]);
    expect(queue.calls.delete).toBe(2);
  });

  test('a throw is a bug: logged, and the message comes back later', async () => {
    const { begin, clock, work, bodies, queue, recording } = setUp();
    await begin('ma');
    work('ma').fail(new TypeError('bug'));
    await clock.settle();
    expect(recording.lines('error')).toHaveLength(1);
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(1);
    expect(queue.invisibleSeconds('ma')).toBeLessThanOrEqual(5);
    await clock.advance(6 * SECOND);
    expect(bodies()).toEqual(['ma', 'ma']);
    expect(work('ma').message.receiveCount).toBe(2);
  });

  test('is invisible to others for as long as its work takes', async () => {
    const { begin, clock, queue, work } = setUp();
    await begin('ma');
    await clock.advance(10 * HOUR);
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(60);
    expect(work('ma').signal.aborted).toBe(false);
    work('ma').finish({ kind: 'done' });
    await clock.advance(200);
    expect(queue.bodies).toEqual([]);
  });
});

describe('a message that was received too often', () => {
  const setUpCrashed = async (receives: number, options: Parameters<typeof setUp>[0] = {}) => {
    const scene = setUp(options);
    await scene.queue.send([{ body: 'big 900' }, { body: 'ma', attributes: { Crashes: String(receives - 1) } }]);
    await scene.begin();
    return scene;
  };

  test('is worked on up to the receive before the last', async () => {
    const { work, deadLetters } = await setUpCrashed(9);
    expect(work('ma').message.receiveCount).toBe(9);
    expect(deadLetters.bodies).toEqual([]);
  });

  test('is not worked on again, but dead-lettered with a reason, and is new when it is redriven', async () => {
    const ends: string[] = [];
    const { bodies, clock, queue, deadLetters } = await setUpCrashed(10, { onEnd: ({ kind }) => void ends.push(kind) });
    await clock.advance(200);
    expect(bodies()).toEqual(['big 900']);
    expect(queue.bodies).toEqual(['big 900']);
    expect(ends).toEqual(['dead-letter']);
    const [letter] = deadLetters.stored;
    expect(letter).toMatchObject({ body: 'ma', attributes: { Code: 'crashed-too-often', SourceQueue: 'live' } });
    expect(letter?.attributes?.Reason).toContain('10 times');
    expect(letter?.attributes?.Crashes).toBeUndefined();
  });

  test('is so by the limit of its queue; whatever that is, what was never received before is worked on', async () => {
    const { bodies, deadLetters, clock } = await setUpCrashed(2, { maxReceiveCount: 1 });
    await clock.advance(200);
    expect(bodies()).toEqual(['big 900']);
    expect(deadLetters.bodies).toEqual(['ma']);
  });

  test('begins anew when its work ended in another way', async () => {
    const { work, clock, queue } = await setUpCrashed(9);
    work('ma').finish({ kind: 'replace', body: 'ma', delaySeconds: 0 });
    await clock.advance(200);
    expect(work('ma').message.receiveCount).toBe(1);
    expect(queue.receiveCount('ma')).toBe(1);
  });
});

test.each([
  { undoer: 'on its way', extensionSeconds: 20, answerSeconds: 0, finishedAtSeconds: 45 },
  { undoer: 'due before the answer is here', extensionSeconds: 0, answerSeconds: 20, finishedAtSeconds: 35 },
])('a release is not undone by an extension that is $undoer', async times => {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const wait = (seconds: number) => clock.wait(seconds * SECOND, new AbortController().signal);
  const changeVisibility: typeof queue.changeVisibility = async (handles, seconds) => {
    const isRelease = seconds === 30;
    if (!isRelease) await wait(times.extensionSeconds);
    const answer = await queue.changeVisibility(handles, seconds);
    if (isRelease) await wait(times.answerSeconds);
    return answer;
  };
  const { begin, work } = setUp({ clock, queue: { ...queue, changeVisibility } });
  await queue.send([{ body: 'ma' }]);
  await begin();
  await clock.advance(times.finishedAtSeconds * SECOND);
  work('ma').finish({ kind: 'release', delaySeconds: 30 });
  await clock.advance(60 * SECOND);
  expect(work('ma').message.receiveCount).toBe(2);
});

describe('a copy that cannot be sent', () => {
  test('keeps its message invisible and its receive count as it is, through hours, and says why', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma');
    expect(consumer.state.sendError).toBeUndefined();
    queue.failAlways('send', unavailable);
    work('ma').finish({ kind: 'replace', body: 'later', delaySeconds: 900 });
    await clock.advance(10 * HOUR);
    expect(queue.receiveCount('ma')).toBe(1);
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(60);
    expect(consumer.state.sendError).toBe(unavailable);
    queue.failAlways('send', undefined);
    await clock.advance(61 * SECOND);
    expect(queue.bodies).toEqual(['later']);
    expect(consumer.state.sendError).toBeUndefined();
  });

  test('holds back receiving when there are as many as the window has twice', async () => {
    const { begin, clock, queue, started } = setUp({ window: { maxMessages: 2, maxBytes: 1_000 } });
    await begin(...names(10));
    queue.failAlways('send', unavailable);
    for (const turn of [0, 1, 2, 3, 4, 5]) {
      started[turn]?.finish({ kind: 'replace', body: 'later', delaySeconds: 0 });
      await clock.advance(2 * SECOND);
    }
    expect(started).toHaveLength(4);
  });

  test('gives its message back when the worker has to end', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma');
    queue.failAlways('send', unavailable);
    work('ma').finish({ kind: 'replace', body: 'later', delaySeconds: 0 });
    await clock.advance(200 * SECOND);
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(SECOND);
    await stopped;
    expect(queue.bodies).toEqual(['ma']);
    expect(queue.invisibleSeconds('ma')).toBeLessThanOrEqual(5);
  });
});

describe('a lost receipt', () => {
  test('aborts the work, and what it then says is ignored', async () => {
    const { begin, clock, queue, deadLetters, work } = setUp();
    await begin('ma', 'mb', 'mc');
    for (const body of ['ma', 'mb']) queue.takeAway(body);
    await clock.advance(60 * SECOND);
    expect(work('ma').signal.reason).toMatchObject({ kind: 'cancelled', code: 'receipt-lost' });
    expect(work('mc').signal.aborted).toBe(false);
    work('ma').finish({ kind: 'done' });
    work('mb').finish({ kind: 'dead-letter', code: 'x', reason: 'x' });
    await clock.advance(1 * SECOND);
    expect(queue.bodies).toEqual(['ma', 'mb', 'mc']);
    expect(deadLetters.bodies).toEqual([]);
    expect(queue.calls.delete).toBe(0);
  });

  test('still sends the copy that the work asks for, and deletes nothing', async () => {
    const { begin, clock, queue, work } = setUp();
    await begin('ma');
    queue.takeAway('ma');
    await clock.advance(60 * SECOND);
    work('ma').finish({ kind: 'replace', body: 'look again', delaySeconds: 300 });
    await clock.settle();
    expect(queue.bodies).toEqual(['ma', 'look again']);
    expect(queue.invisibleSeconds('look again')).toBe(300);
    expect(queue.calls.delete).toBe(0);
  });

  test('keeps trying to send that copy through an outage', async () => {
    const { begin, clock, queue, work } = setUp();
    await begin('ma');
    for (const operation of ['changeVisibility', 'send', 'receive'] as const) queue.failAlways(operation, unavailable);
    await clock.advance(200 * SECOND);
    expect(work('ma').signal.reason).toMatchObject({ code: 'receipt-lost' });
    work('ma').finish({ kind: 'replace', body: 'look again', delaySeconds: 300 });
    await clock.advance(1 * HOUR);
    expect(queue.bodies).toEqual(['ma']);
    queue.failAlways('send', undefined);
    await clock.advance(60 * SECOND);
    expect(queue.bodies).toEqual(['ma', 'look again']);
  });

  test('frees the slot once the work has ended', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma 10');
    queue.takeAway('ma 10');
    await clock.advance(60 * SECOND);
    work('ma 10').fail(cancelledBy(work('ma 10').signal));
    await clock.settle();
    expect(consumer.inFlight).toEqual({ messages: 0, bytes: 0 });
  });
});

test('near 12 hours the work is told, and goes on as a new message', async () => {
  const { begin, clock, queue, work } = setUp();
  await begin('ma');
  await clock.advance(11 * HOUR + 30 * SECOND);
  expect(work('ma').signal.reason).toMatchObject({ kind: 'cancelled', code: 'receipt-near-limit' });
  expect(queue.invisibleSeconds('ma')).toBeGreaterThan(60);
  work('ma').finish({ kind: 'replace', body: 'ma', delaySeconds: 0 });
  await clock.advance(1 * SECOND);
  expect(queue.bodies).toEqual(['ma']);
  expect(work('ma').message.receiveCount).toBe(1);
});

describe('stop', () => {
  const patient = new AbortController().signal;

  test('lets the poll under way end, which is not begun, waits for the work, and leaves no delete behind', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma');
    let isStopped = false;
    const stopped = consumer.stop({ signal: patient }).then(() => {
      isStopped = true;
    });
    await queue.send([{ body: 'mb' }]);
    await clock.advance(60 * SECOND);
    expect(queue.receiveCount('mb')).toBe(0);
    expect(isStopped).toBe(false);
    expect(consumer.state.isPolling).toBe(false);
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(60);
    work('ma').finish({ kind: 'done' });
    await clock.advance(200);
    await stopped;
    expect(queue.bodies).toEqual(['mb']);
  });

  test('polls no more, and cuts the last poll off when its time is up', async () => {
    const clock = createVirtualClock();
    const queue = createFakeMessageQueue(clock);
    const endings: boolean[] = [];
    // A server that answers no poll.
    const receive: typeof queue.receive = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          endings.push(true);
          reject(cancelledBy(signal));
        });
      });
    const { begin, consumer } = setUp({ clock, queue: { ...queue, receive } });
    await begin();
    const deadline = new AbortController();
    const stopped = consumer.stop({ signal: deadline.signal });
    await clock.advance(60 * SECOND);
    expect(endings).toEqual([]);
    deadline.abort();
    await clock.advance(6 * SECOND);
    await stopped;
    expect(endings).toEqual([true]);
  });

  test('does not wait until a failed poll would have been tried again', async () => {
    const { begin, clock, queue, consumer } = setUp();
    queue.failAlways('receive', unavailable);
    await begin();
    await clock.advance(SECOND);
    const calls = queue.calls.receive;
    const stopped = consumer.stop({ signal: patient });
    await clock.settle();
    await stopped;
    expect(queue.calls.receive).toBe(calls);
  });

  test('hands what was received but not begun to others, as a message that nobody received yet', async () => {
    const { begin, clock, queue, consumer } = setUp();
    await begin('big 900', 'big 800');
    void consumer.stop({ signal: patient });
    await clock.advance(200);
    expect(queue.bodies).toEqual(['big 900', 'big 800']);
    expect(queue.receiveCount('big 800')).toBe(0);
    expect(queue.invisibleSeconds('big 800')).toBeLessThanOrEqual(1);
    expect(queue.invisibleSeconds('big 900')).toBeGreaterThan(60);
  });

  test('at its deadline aborts the work and does what the work then says', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma', 'mb');
    const deadline = new AbortController();
    const stopped = consumer.stop({ signal: deadline.signal });
    await clock.advance(10 * SECOND);
    expect(work('ma').signal.aborted).toBe(false);
    deadline.abort();
    await clock.settle();
    expect(work('ma').signal.reason).toMatchObject({ kind: 'cancelled', code: 'worker-stopping' });
    work('ma').finish({ kind: 'replace', body: 'rest of ma', delaySeconds: 0 });
    work('mb').fail(cancelledBy(work('mb').signal));
    await clock.advance(200);
    await stopped;
    expect(queue.bodies.toSorted()).toEqual(['mb', 'rest of ma']);
    expect(queue.invisibleSeconds('mb')).toBeLessThanOrEqual(1);
    expect(queue.receiveCount('mb')).toBe(0);
  });

  test('hands over what does not end even then, later than its write can live, and once', async () => {
    const { begin, clock, queue, work, consumer, recording } = setUp();
    await begin('ma');
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(6 * SECOND);
    await stopped;
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(170);
    expect(queue.receiveCount('ma')).toBe(0);
    expect(recording.lines('warn')).toHaveLength(1);
    work('ma').finish({ kind: 'replace', body: 'ma', delaySeconds: 0 });
    await clock.advance(10 * SECOND);
    expect(queue.bodies).toEqual(['ma']);
  });

  test('hands over what was received before and not begun, and the copy knows', async () => {
    const { clock, queue } = await queueWithCrashed('big 900', 'big 800');
    const { begin, bodies, consumer } = setUp({ clock, queue });
    await begin();
    void consumer.stop({ signal: patient });
    await clock.advance(200);
    expect(bodies()).toEqual(['big 900']);
    expect(queue.receiveCount('big 800')).toBe(0);
    expect(queue.stored.find(({ body }) => body === 'big 800')?.attributes).toEqual({ Crashes: '1' });
    expect(queue.invisibleSeconds('big 800')).toBeLessThanOrEqual(1);
  });

  test('hands over what was received before and does not end, later than its write can live, and the copy knows', async () => {
    const { clock, queue } = await queueWithCrashed('mb', 'ma');
    const { begin, consumer } = setUp({ clock, queue });
    await begin();
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(6 * SECOND);
    await stopped;
    expect(queue.receiveCount('ma')).toBe(0);
    expect(queue.stored.find(({ body }) => body === 'ma')?.attributes).toEqual({ Crashes: '1' });
    expect(queue.stored.find(({ body }) => body === 'mb')?.attributes).toEqual({});
    expect(queue.invisibleSeconds('ma')).toBeGreaterThan(170);
  });

  test('sends a copy also of what has lost its receipt and does not end: its write may be on its way', async () => {
    const { begin, clock, queue, consumer } = setUp();
    await begin('ma');
    queue.takeAway('ma');
    await clock.advance(60 * SECOND);
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(6 * SECOND);
    await stopped;
    expect(queue.bodies).toEqual(['ma', 'ma']);
    expect(queue.stored.at(-1)).toMatchObject({ delaySeconds: 180 });
    expect(queue.calls.delete).toBe(0);
  });

  test('does not begin what the last poll still brings', async () => {
    const clock = createVirtualClock();
    const queue = createFakeMessageQueue(clock);
    const { promise: stopCalled, resolve: letReceive } = withResolvers();
    // Its answer crosses with the abort.
    const receive: typeof queue.receive = async options => {
      await stopCalled;
      return queue.receive({ ...options, waitSeconds: 0, signal: patient });
    };
    const { begin, bodies, consumer } = setUp({ clock, queue: { ...queue, receive } });
    await queue.send([{ body: 'ma' }]);
    await begin();
    const stopped = consumer.stop({ signal: patient });
    letReceive();
    await clock.advance(200);
    await stopped;
    expect(bodies()).toEqual([]);
    expect(queue.invisibleSeconds('ma')).toBeLessThanOrEqual(1);
  });

  test('ends in bounded time when the queue is down', async () => {
    const { begin, clock, queue, work, consumer } = setUp();
    await begin('ma', 'mb');
    for (const operation of ['changeVisibility', 'delete', 'send', 'receive'] as const) {
      queue.failAlways(operation, unavailable);
    }
    work('ma').finish({ kind: 'done' });
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(11 * SECOND);
    await stopped;
  });

  test('may be called before start, and twice', async () => {
    const { consumer, clock, queue } = setUp();
    await consumer.stop({ signal: patient });
    await consumer.stop({ signal: patient });
    consumer.start();
    await clock.advance(30 * SECOND);
    expect(queue.calls.receive).toBe(0);
  });
});
