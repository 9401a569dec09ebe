import { expect, test } from 'vitest';
import { createWindow } from '../../../../aws-worker/queue/window.ts';

const bytes = (count: number) => ({ bytes: count, isBackfill: false });

test('asks for at most ten, and for no more than there are slots', () => {
  expect(createWindow({ maxMessages: 50, maxBytes: 100 }).room()).toBe(10);
  const window = createWindow({ maxMessages: 3, maxBytes: 100 });
  expect(window.room()).toBe(3);
  window.enter(bytes(0));
  expect(window.room()).toBe(2);
  window.enter(bytes(0));
  window.enter(bytes(0));
  expect(window.room()).toBe(0);
});

test('asks for nothing while its bytes are used up', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  window.enter(bytes(100));
  expect(window.room()).toBe(0);
  window.leave(bytes(100));
  expect(window.room()).toBeGreaterThan(0);
});

test('asks for fewer once messages prove heavy, but for one at least', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  for (let turn = 0; turn < 50; turn += 1) {
    window.enter(bytes(40));
    window.leave(bytes(40));
  }
  expect(window.room()).toBe(2);
  window.enter(bytes(40));
  window.enter(bytes(40));
  expect(window.room()).toBe(1);
});

test('lets one that is too heavy start alone, and nothing beside it', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100 });
  expect(window.fits(bytes(1_000))).toBe(true);
  window.enter(bytes(1_000));
  expect(window.fits(bytes(0))).toBe(false);
  window.leave(bytes(1_000));
  window.enter(bytes(1));
  expect(window.fits(bytes(100))).toBe(false);
  expect(window.fits(bytes(99))).toBe(true);
});

test('keeps slots for live messages: those of backfills have a cap of their own', () => {
  const window = createWindow({ maxMessages: 50, maxBytes: 100, maxBackfillMessages: 2 });
  const batch = { bytes: 1, isBackfill: true };
  window.enter(batch);
  expect(window.fits(batch)).toBe(true);
  window.enter(batch);
  expect(window.fits(batch)).toBe(false);
  expect(window.hasSlotFor(batch)).toBe(false);
  expect(window.fits(bytes(1))).toBe(true);
  window.leave(batch);
  expect(window.fits(batch)).toBe(true);
});
