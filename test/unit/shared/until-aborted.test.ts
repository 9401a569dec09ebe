import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { untilAborted } from '../../../shared/until-aborted.ts';

const forever = () => new Promise<never>(() => {});

describe('waiting no longer than a signal allows', () => {
  test('gives what came, or the error, and leaves nothing on the signal', async () => {
    const { signal } = new AbortController();
    const failure = new Error('failed');
    for (let n = 0; n < 100; n++) {
      expect(await untilAborted(Promise.resolve(n), signal)).toBe(n);
      await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends with the signal, whenever it aborts', async () => {
    const controller = new AbortController();
    const waiting = untilAborted(forever(), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(untilAborted(forever(), controller.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  test('hears nothing of what fails later', async () => {
    const controller = new AbortController();
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<never>((_, fail) => {
      reject = fail;
    });
    const waiting = untilAborted(promise, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(untilAborted(promise, controller.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    // An unhandled rejection would fail the run.
    reject(new Error('too late'));
    await new Promise(resolve => setImmediate(resolve));
  });
});
