import { expect, test } from 'vitest';
import { createDeleteBuffer } from '../../../../aws-worker/queue/delete-buffer.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createFakeMessageQueue } from '../../../fakes/fake-message-queue.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const unavailable = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'down' });
const denied = new BridgeError({ kind: 'permanent', code: 'queue-access-denied', message: 'no' });

async function setUp(count: number) {
  const clock = createVirtualClock();
  const queue = createFakeMessageQueue(clock);
  const recording = createRecordingLog();
  const buffer = createDeleteBuffer({ queue, clock, log: recording.log });
  await queue.send(Array.from({ length: count }, (_, index) => ({ body: `m${index}` })));
  const handles: string[] = [];
  while (handles.length < count) {
    const options = { maxMessages: 10, waitSeconds: 0, visibilityTimeoutSeconds: 900 };
    const received = await queue.receive({ ...options, signal: new AbortController().signal });
    handles.push(...received.map(message => message.receiptHandle));
  }
  return { clock, queue, recording, buffer, handles };
}

test('ten go at once, the rest after a tenth of a second', async () => {
  const { clock, queue, buffer, handles } = await setUp(12);
  const results = Promise.all(handles.map(handle => buffer.delete(handle)));
  await clock.advance(99);
  expect(queue.bodies).toEqual(['m10', 'm11']);
  await clock.advance(1);
  expect(queue.bodies).toEqual([]);
  expect(new Set(await results)).toEqual(new Set(['deleted']));
});

test('waits anew for the first of the next batch', async () => {
  const { clock, queue, buffer, handles } = await setUp(2);
  void buffer.delete(handles[0] ?? '');
  await clock.advance(150);
  void buffer.delete(handles[1] ?? '');
  await clock.advance(99);
  expect(queue.bodies).toEqual(['m1']);
  await clock.advance(1);
  expect(queue.bodies).toEqual([]);
});

test('the wait of a batch that went early does not cut that of the next', async () => {
  const { clock, queue, buffer, handles } = await setUp(11);
  void buffer.delete(handles[0] ?? '');
  await clock.advance(50);
  for (const handle of handles.slice(1)) void buffer.delete(handle);
  await clock.advance(99);
  expect(queue.bodies).toEqual(['m10']);
  await clock.advance(1);
  expect(queue.bodies).toEqual([]);
});

test('says which receipt was lost', async () => {
  const { clock, buffer, handles } = await setUp(1);
  const results = Promise.all([buffer.delete('of another time'), buffer.delete(handles[0] ?? '')]);
  await clock.advance(100);
  expect(await results).toEqual(['lost', 'deleted']);
});

test('tries again what failed for the moment', async () => {
  const { clock, queue, buffer, handles } = await setUp(1);
  queue.fail('delete', unavailable, unavailable);
  const result = buffer.delete(handles[0] ?? '');
  await clock.advance(10_000);
  expect(await result).toBe('deleted');
});

test.each([
  ['for long', unavailable, 4],
  ['for good', denied, 1],
])('gives up what fails %s, and says so', async (_case, error, calls) => {
  const { clock, queue, buffer, handles, recording } = await setUp(1);
  queue.failAlways('delete', error);
  const result = buffer.delete(handles[0] ?? '');
  await clock.advance(60_000);
  expect(await result).toBe('failed');
  expect(queue.calls.delete).toBe(calls);
  expect(recording.lines('warn')).toHaveLength(1);
});
