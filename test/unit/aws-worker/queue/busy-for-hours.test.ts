// A consumer with the product's own limits and weights, all of whose room is taken by work of hours.

import { describe, expect, onTestFinished, test } from 'vitest';
import { createConsumer } from '../../../../aws-worker/queue/consumer.ts';
import { weighMessage } from '../../../../aws-worker/weigh-message.ts';
import { liveWindow } from '../../../../aws-worker/window-limits.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../../shared/limits.ts';
import { formatMessage } from '../../../../shared/messages/format-message.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const VISIBILITY_SECONDS = 300;

const live = (name: string, size: number) => formatMessage({ key: name, size });
const batch = (name: string, size: number) =>
  formatMessage({ backfill: 'b1', batch: name, from: '', to: name, objects: [{ key: name, size }] });
/** Of one that is handed over at this moment, the copy may be there already and the message not be deleted yet. */
const distinct = (bodies: readonly string[]) => [...new Set(bodies)];
const many = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, at) => make(at));

/** Handlers end when they are told to. Each message's receives, whichever copy of it, as [seconds, receive count]. */
function setUp() {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const begun: string[] = [];
  let finish = () => {};
  const receives = new Map<string, (readonly [seconds: number, count: number])[]>();
  const consumer = createConsumer({
    queue: {
      ...queue,
      async receive(options) {
        const messages = await queue.receive(options);
        for (const { body, receiveCount } of messages) {
          receives.set(body, [...(receives.get(body) ?? []), [clock.now() / SECOND, receiveCount]]);
        }
        return messages;
      },
    },
    deadLetters,
    name: 'live',
    handle: ({ body }) => {
      begun.push(body);
      return new Promise(resolve => {
        finish = () => resolve({ kind: 'done' });
      });
    },
    weigh: weighMessage,
    window: liveWindow(64),
    visibilityTimeoutSeconds: VISIBILITY_SECONDS,
    log: createRecordingLog().log,
    clock,
  });
  onTestFinished(async () => {
    const stopped = consumer.stop({ signal: AbortSignal.abort() });
    await clock.advance(MINUTE);
    await stopped;
  });
  return {
    clock,
    queue,
    deadLetters,
    begun,
    receives,
    consumer,
    /** The last one that was begun. */
    finish: () => finish(),
    send: (bodies: readonly string[]) => queue.send(bodies.map(body => ({ body }))),
    /** As a worker that dies at once. */
    async crash(count: number) {
      for (let received = 0; received < count; ) {
        const options = { maxMessages: 10, waitSeconds: 0, signal: new AbortController().signal };
        received += (await queue.receive({ ...options, visibilityTimeoutSeconds: 1 })).length;
      }
      await clock.advance(2 * SECOND);
    },
  };
}

test('what waits for hours after one crash has two receives, however often it is handed over', async () => {
  const { clock, queue, deadLetters, begun, receives, consumer, send, crash } = setUp();
  await send(many(30, index => batch(`b${index}`, 300 * MEBIBYTE)));
  await crash(30);
  consumer.start();
  await clock.advance(3 * 60 * MINUTE);
  expect(begun).toHaveLength(8);
  expect([...receives.values()].some(times => times.length > 5)).toBe(true);
  expect([...receives.values()].flat().map(([, count]) => count)).toEqual([...receives.values()].flat().map(() => 2));
  expect(distinct(queue.bodies)).toHaveLength(30);
  expect(deadLetters.bodies).toEqual([]);
});

describe.each([
  ['large live objects', (name: string) => live(name, 50 * GIBIBYTE)],
  ['large objects of a backfill', (name: string) => batch(name, 50 * GIBIBYTE)],
])('while %s take hours, and thirty more wait', (_of, make) => {
  async function setUpBusy() {
    const scene = setUp();
    await scene.send(many(38, index => make(`large${index}`)));
    scene.consumer.start();
    await scene.clock.advance(60 * MINUTE);
    expect(scene.begun).toHaveLength(8);
    return scene;
  }

  test('a small live message is begun within seconds', async () => {
    const { clock, begun, send } = await setUpBusy();
    for (const name of ['early', 'late']) {
      await send([live(name, 1_000)]);
      await clock.advance(5 * SECOND);
      expect(begun.at(-1)).toBe(live(name, 1_000));
      await clock.advance(30 * MINUTE);
    }
  });

  test('they come round later each time, cost few requests, and no receive count rises', async () => {
    const { clock, queue, receives, begun, deadLetters } = await setUpBusy();
    await clock.advance(60 * MINUTE);
    for (const [body, times] of receives) {
      expect(times.map(([, count]) => count)).toEqual(times.map(() => 1));
      if (begun.includes(body)) continue;
      // Nine doublings of some seconds, then a quarter of an hour and more.
      expect(times.length).toBeLessThan(20);
      const gaps = times.slice(1).map(([seconds], at) => seconds - (times[at]?.[0] ?? 0));
      expect(Math.max(...gaps)).toBeGreaterThan(450);
    }
    expect(queue.calls.send).toBeLessThan(30 * 20);
    expect(queue.calls.delete).toBeLessThan(30 * 20);
    expect(distinct(queue.bodies)).toHaveLength(38);
    expect(deadLetters.bodies).toEqual([]);
  });

  test('one that waits takes the place of one that has ended', async () => {
    const { clock, begun, finish } = await setUpBusy();
    finish();
    await clock.advance(16 * MINUTE);
    expect(begun).toHaveLength(9);
  });
});
