import { afterEach, expect, it, vi } from 'vitest';
import { closeInReverse } from '../../../aws-worker/close-in-reverse.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('closes what was opened last first, each after the one before, and once', async () => {
  const opened = closeInReverse();
  const closed: string[] = [];
  opened.add(() => void closed.push('ledger'));
  opened.add(async () => {
    await Promise.resolve();
    closed.push('queues');
  });
  await opened.close();
  await opened.close();
  expect(closed).toEqual(['queues', 'ledger']);
});

it('closes the others when one fails, and throws the first failure', async () => {
  const opened = closeInReverse();
  const closed: string[] = [];
  opened.add(() => void closed.push('ledger'));
  opened.add(() => Promise.reject(new Error('second')));
  opened.add(() => Promise.reject(new Error('first')));
  await expect(opened.close()).rejects.toThrow('first');
  expect(closed).toEqual(['ledger']);
});

it('waits five seconds in all for what does not end, closes the others all the same, and says so', async () => {
  vi.useFakeTimers();
  const opened = closeInReverse();
  const closed: string[] = [];
  opened.add(() => void closed.push('ledger'));
  opened.add(() => new Promise(() => undefined));
  opened.add(() => void closed.push('app'));
  opened.add(() => new Promise(() => undefined));
  const closing = opened.close();
  const ended = expect(closing).rejects.toMatchObject({ code: 'close-unfinished' });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(closed).toEqual(['app', 'ledger']);
  await ended;
});

it('leaves no timer behind', async () => {
  vi.useFakeTimers();
  const opened = closeInReverse();
  opened.add(() => undefined);
  await opened.close();
  expect(vi.getTimerCount()).toBe(0);
});
