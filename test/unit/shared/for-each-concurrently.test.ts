import { expect, test } from 'vitest';
import { forEachConcurrently } from '../../../shared/for-each-concurrently.ts';

const signal = new AbortController().signal;
const turn = () => new Promise<void>(resolve => setImmediate(resolve));

test.each([0, 1, 3, 100])('every item is done once, with at most %d at a time but at least one', async limit => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachConcurrently([1, 2, 3, 4, 5], { limit, signal }, async item => {
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(Math.min(Math.max(limit, 1), 5));
});

test('after a failure nothing new begins, what runs is told to stop, and all have ended when the first cause is thrown', async () => {
  const begun: number[] = [];
  let ended = 0;
  const first = new Error('first');
  const work = forEachConcurrently([1, 2, 3, 4], { limit: 2, signal }, async (item, itemSignal) => {
    begun.push(item);
    try {
      await turn();
      if (item === 1) throw first;
      await turn();
      if (itemSignal.aborted) throw new Error('second');
    } finally {
      ended += 1;
    }
  });
  await expect(work).rejects.toBe(first);
  expect(begun).toEqual([1, 2]);
  expect(ended).toBe(2);
});

test('an abort from outside ends it as cancelled, also when no item minds', async () => {
  const stop = new AbortController();
  let begun = 0;
  const work = forEachConcurrently([1, 2, 3], { limit: 1, signal: stop.signal }, async () => {
    begun += 1;
    stop.abort();
  });
  await expect(work).rejects.toMatchObject({ kind: 'cancelled' });
  expect(begun).toBe(1);
});
