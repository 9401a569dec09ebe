// A consumer with the product's own limits and weights, all of whose room is taken by work of hours.

import { expect, onTestFinished, test } from 'vitest';
import { createConsumer } from '../../../../aws-worker/queue/consumer.ts';
import { weighMessage } from '../../../../aws-worker/weigh-message.ts';
import { liveWindow } from '../../../../aws-worker/window-limits.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { formatMessage } from '../../../../shared/messages/format-message.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const VISIBILITY_SECONDS = 300;

const batch = (name: string, size: number) =>
  formatMessage({ backfill: 'b1', batch: name, from: '', to: name, objects: [{ key: name, size }] });
const many = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, at) => make(at));

/** Handlers never end. Each message's receives, whichever copy of it, as [seconds, receive count]. */
function setUp() {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const deadLetters = createFakeMessageQueue(clock);
  const begun: string[] = [];
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
      return new Promise(() => undefined);
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
  expect(queue.bodies).toHaveLength(30);
  expect(deadLetters.bodies).toEqual([]);
});
