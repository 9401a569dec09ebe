import { expect, it } from 'vitest';
import { closeInReverse } from '../../../aws-worker/close-in-reverse.ts';

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
