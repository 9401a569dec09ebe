import { expect, test } from 'vitest';
import { createWindow } from '../../../../aws-worker/queue/window.ts';

test('asks for at most ten, and for no more than there are slots', () => {
  expect(createWindow({ maxMessages: 50, maxBytes: 100 }).room()).toBe(10);
  const window = createWindow({ maxMessages: 3, maxBytes: 100 });
  expect(window.room()).toBe(3);
  window.enter(0);
  expect(window.room()).toBe(2);
  window.enter(0);
  window.enter(0);
  expect(window.room()).toBe(0);
});

test('asks for nothing while its bytes are used up', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  window.enter(100);
  expect(window.room()).toBe(0);
  window.leave(100);
  expect(window.room()).toBeGreaterThan(0);
});

test('asks for fewer once messages prove heavy, but for one at least', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  for (let turn = 0; turn < 50; turn += 1) {
    window.enter(40);
    window.leave(40);
  }
  expect(window.room()).toBe(2);
  window.enter(40);
  window.enter(40);
  expect(window.room()).toBe(1);
});

test('lets one that is too heavy start alone, and nothing beside it', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  expect(window.fits(1_000)).toBe(true);
  window.enter(1_000);
  expect(window.fits(0)).toBe(false);
  window.leave(1_000);
  window.enter(1);
  expect(window.fits(100)).toBe(false);
  expect(window.fits(99)).toBe(true);
});
