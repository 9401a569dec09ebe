import { describe, expect, test } from 'vitest';
import { createWindow, type Weight } from '../../../../aws-worker/queue/window.ts';

const bytes = (count: number): Weight => ({ bytes: count, isBackfill: false });
const batch = (count: number): Weight => ({ bytes: count, isBackfill: true });

/** Enters as many as fit, up to a hundred, and says how many those were. */
function fill(window: ReturnType<typeof createWindow>, weight: Weight): number {
  let entered = 0;
  for (; entered < 100 && window.fits(weight); entered += 1) window.enter(weight);
  return entered;
}

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

test('goes on asking while large ones, and backfills, have all that they may', () => {
  const window = createWindow({ maxMessages: 64, maxBytes: 4_096 });
  fill(window, bytes(512));
  fill(window, batch(512));
  expect(window.bytes).toBe(8_192);
  expect(window.room()).toBe(10);
});

describe.each([
  [64, { small: 64, large: 8, backfill: 8 }],
  [16, { small: 16, large: 2, backfill: 8 }],
  [8, { small: 8, large: 1, backfill: 6 }],
  [4, { small: 4, large: 1, backfill: 3 }],
  [2, { small: 2, large: 1, backfill: 1 }],
])('of %i slots', (maxMessages, most) => {
  const maxBytes = 1_000 * maxMessages;
  const open = () => createWindow({ maxMessages, maxBytes });

  test(`lets ${most.small} small ones, ${most.large} large ones, ${most.backfill} of backfills in`, () => {
    expect(fill(open(), bytes(1_000))).toBe(most.small);
    expect(fill(open(), bytes(1_001))).toBe(most.large);
    expect(fill(open(), batch(0))).toBe(most.backfill);
  });

  test('keeps a slot for small live ones, whatever else there is, unless there are too few', () => {
    const window = open();
    fill(window, bytes(1_001));
    fill(window, batch(1));
    expect(window.fits(bytes(1))).toBe(maxMessages > 4);
  });
});

test('bounds large ones by their bytes too, and lets one that is over them start when there is no other', () => {
  const window = createWindow({ maxMessages: 64, maxBytes: 100 });
  expect(fill(window, bytes(40))).toBe(2);
  window.leave(bytes(40));
  expect(window.fits(bytes(60))).toBe(true);
  expect(window.fits(bytes(61))).toBe(false);
  window.leave(bytes(40));
  window.enter(bytes(1_000));
  expect(window.fits(bytes(2))).toBe(false);
  expect(window.fits(bytes(1))).toBe(true);
});

test('a cap for backfills may be given', () => {
  const window = createWindow({ maxMessages: 8, maxBytes: 100, maxBackfillMessages: 8 });
  expect(fill(window, batch(1))).toBe(8);
  expect(window.fits(bytes(1))).toBe(false);
});

test('all is free again when all has left', () => {
  const window = createWindow({ maxMessages: 64, maxBytes: 4_096 });
  for (const weight of [bytes(1), bytes(500), batch(500)]) {
    window.enter(weight);
    window.leave(weight);
  }
  expect([window.messages, window.bytes]).toEqual([0, 0]);
  expect(fill(window, bytes(512))).toBe(8);
});
