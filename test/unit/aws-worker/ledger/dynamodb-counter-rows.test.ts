import { expect, test } from 'vitest';
import { createCounterRows } from '../../../../aws-worker/ledger/dynamodb-counter-rows.ts';

function fixture() {
  let milliseconds = 0;
  const rows = createCounterRows(() => milliseconds);
  return {
    rows,
    advance: (by: number) => {
      milliseconds += by;
    },
    use: (backfill = 'b') => rows.use(backfill, async number => number),
    /** Keeps it in use until it is let go of. */
    hold: (backfill = 'b') => {
      let release = () => {};
      const released = new Promise<void>(resolve => {
        release = resolve;
      });
      let held = -1;
      const done = rows.use(backfill, async number => {
        held = number;
        await released;
      });
      return {
        number: held,
        letGo: async () => {
          release();
          await done;
        },
      };
    },
  };
}

test('a counter is used by one transaction at a time', async () => {
  const { hold, advance } = fixture();
  const [first, second] = [hold(), hold()];
  advance(1000);
  const third = hold();
  expect([first.number, second.number, third.number]).toEqual([0, 1, 2]);
  await first.letGo();
  expect(hold().number).toBe(0);
});

test('a counter rests before it is used again, so none is written more than 50 times a second', async () => {
  const { use, advance } = fixture();
  const writes = new Map<number, number>();
  for (let write = 0; write < 1000; write++) {
    const number = await use();
    writes.set(number, (writes.get(number) ?? 0) + 1);
    advance(1);
  }
  expect(Math.max(...writes.values())).toBeLessThanOrEqual(50);
});

test('a worker that settles little has one counter', async () => {
  const { use, advance } = fixture();
  for (let write = 0; write < 20; write++) {
    expect(await use()).toBe(0);
    advance(200);
  }
});

test('each backfill has its own', async () => {
  const { use } = fixture();
  expect([await use('a'), await use('b'), await use('a')]).toEqual([0, 0, 1]);
});

test('a transaction that fails gives its counter back', async () => {
  const { rows, use, advance } = fixture();
  await expect(rows.use('b', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  advance(1000);
  expect(await use()).toBe(0);
});

test('what is forgotten begins anew, but not while it is in use', async () => {
  const { rows, use, hold } = fixture();
  const held = hold();
  rows.forget('b');
  expect(await use()).toBe(1);
  await held.letGo();
  rows.forget('b');
  expect(await use()).toBe(0);
});
