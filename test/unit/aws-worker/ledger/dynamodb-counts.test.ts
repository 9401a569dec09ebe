import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  additionsOf,
  type CounterChange,
  countsOf,
  isEverythingPaid,
  sumsOf,
  unpaidOf,
} from '../../../../aws-worker/ledger/dynamodb-counts.ts';
import { type Item, itemOf } from '../../../../aws-worker/ledger/dynamodb-items.ts';
import { OUTCOMES } from '../../../../aws-worker/transfer/outcome.ts';

const rowsOf = (...changes: readonly CounterChange[]): readonly Item[] =>
  changes.map(change => itemOf(additionsOf(change)));
const keys = (objects: number, bytes = objects * 10) => ({ objects, bytes });

describe('what a transaction adds', () => {
  test('is named by its counter, and what it leaves as it is is left out', () => {
    const change: CounterChange = {
      paid: { batches: 1, keys: keys(3) },
      made: { objects: 1, keys: keys(1) },
      outcomes: { copied: keys(1), 'source-missing': { objects: 1, bytes: 0 } },
    };
    expect(additionsOf(change)).toEqual({
      paidBatches: 1,
      paidKeys: 3,
      paidBytes: 30,
      madeObjects: 1,
      madeKeys: 1,
      madeBytes: 10,
      copiedObjects: 1,
      copiedBytes: 10,
      sourceMissingObjects: 1,
    });
    expect(additionsOf({})).toEqual({});
  });
});

describe('counts', () => {
  const made = rowsOf({ made: { batches: 2, keys: keys(5) } });

  test('are what was made, less what was paid, and how that ended', () => {
    const settled = rowsOf({
      paid: { batches: 1, keys: keys(3) },
      made: { objects: 1, keys: { objects: 1, bytes: 7 } },
      outcomes: { copied: { objects: 2, bytes: 25 } },
    });
    const sums = sumsOf([...made, ...settled]);
    expect(countsOf(sums, 1)).toMatchObject({
      found: { objects: 5, bytes: 52 },
      byOutcome: { copied: { objects: 2, bytes: 25 }, failed: { objects: 0, bytes: 0 } },
      remaining: { objects: 3, bytes: 27 },
      openRanges: 1,
      unpaidBatches: 1,
      unpaidObjects: 1,
    });
    expect(unpaidOf(sums)).toBe(2);
    expect(isEverythingPaid(sums, sums)).toBe(false);
  });

  test('of a retry leave what failed, and are owed again', () => {
    const failed = rowsOf({ paid: { batches: 2, keys: keys(5) }, outcomes: { failed: keys(5) } });
    const retried = rowsOf({ made: { objects: 2, keys: keys(2) }, retried: keys(2) });
    const sums = sumsOf([...made, ...failed, ...retried]);
    expect(countsOf(sums, 0)).toMatchObject({
      found: keys(5),
      byOutcome: { failed: keys(3) },
      remaining: keys(2),
    });
  });

  test('keep every digit of sums that doubles would round', () => {
    const large = Number.MAX_SAFE_INTEGER;
    const rows = rowsOf(
      { made: { batches: 1, keys: { objects: 1, bytes: large } } },
      { made: { batches: 1, keys: { objects: 1, bytes: large } } },
      { paid: { batches: 1, keys: { objects: 1, bytes: large } } },
      { paid: { batches: 1, keys: { objects: 1, bytes: large - 1 } } },
    );
    const sums = sumsOf(rows);
    expect(countsOf(sums, 0).remaining.bytes).toBe(1);
  });

  test('of one who has not seen that a batch had grown are what was met in it', () => {
    const settled = rowsOf({ paid: { batches: 1, objects: 1, keys: keys(9) }, outcomes: { copied: keys(9) } });
    expect(countsOf(sumsOf([...made, ...settled]), 0)).toMatchObject({
      found: keys(9),
      byOutcome: { copied: keys(9) },
      remaining: keys(0),
      unpaidObjects: 0,
    });
  });

  // A history cut anywhere: each row is read at a moment of its own. Row 0 is the range's, the others are workers'.
  const change = fc.record({
    settler: fc.integer({ min: 1, max: 2 }),
    objects: fc.nat({ max: 3 }),
    owed: fc.boolean(),
    laterSettler: fc.integer({ min: 1, max: 2 }),
    fails: fc.boolean(),
    isRetried: fc.boolean(),
  });
  const history = fc.array(change, { minLength: 1, maxLength: 10 }).map(batches =>
    batches.flatMap(({ settler, objects, owed, laterSettler, fails, isRetried }) => {
      const left = owed ? 1 : 0;
      const outcome = fails ? 'failed' : 'copied';
      const settled: CounterChange = {
        paid: { batches: 1, keys: keys(objects + left) },
        made: { objects: left, keys: keys(left) },
        outcomes: { [outcome]: keys(objects) },
      };
      const retried = fails && isRetried ? objects : 0;
      const again: CounterChange = { made: { objects: retried, keys: keys(retried) }, retried: keys(retried) };
      const paid = left + retried;
      const last: CounterChange = { paid: { objects: paid, keys: keys(paid) }, outcomes: { copied: keys(paid) } };
      return [
        { row: 0, change: { made: { batches: 1, keys: keys(objects + left) } } },
        { row: settler, change: settled },
        { row: 0, change: again },
        { row: laterSettler, change: last },
      ];
    }),
  );
  const times = (reads: number) => fc.array(fc.nat({ max: 40 }), { minLength: reads, maxLength: reads });
  type Steps = readonly { readonly row: number; readonly change: CounterChange }[];
  const rowAt = (steps: Steps, row: number, time: number) =>
    rowsOf(...steps.slice(0, time).flatMap(step => (step.row === row ? [step.change] : [])));

  test('read while everything changes have each key in one place', () => {
    fc.assert(
      fc.property(history, times(3), (steps, reads) => {
        // In any order, but the range last.
        const [first = 0, second = 0] = reads;
        const last = Math.max(...reads);
        const read = [...rowAt(steps, 1, first), ...rowAt(steps, 2, second), ...rowAt(steps, 0, last)];
        const counts = countsOf(sumsOf(read), 0);
        const found = sumsOf(rowAt(steps, 0, last));
        expect(counts.found.objects).toBe(Number((found.madeKeys ?? 0n) - (found.retriedObjects ?? 0n)));
        const parts = [...OUTCOMES.map(kind => counts.byOutcome[kind]), counts.remaining];
        expect(Math.min(...parts.flatMap(({ objects, bytes }) => [objects, bytes]))).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, { objects }) => sum + objects, 0)).toBe(counts.found.objects);
        expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(counts.found.bytes);
        expect(Math.min(counts.unpaidBatches, counts.unpaidObjects)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('that are read twice are not paid before they are', () => {
    fc.assert(
      fc.property(history, times(6), (steps, reads) => {
        const moments = reads.map(time => Math.min(time, steps.length)).sort((a, b) => a - b);
        const look = (from: number) =>
          sumsOf([1, 2, 0].flatMap((row, index) => rowAt(steps, row, moments[from + index] ?? 0)));
        if (!isEverythingPaid(look(0), look(3))) return;
        const atFirstLook = sumsOf(rowsOf(...steps.slice(0, moments[2]).map(step => step.change)));
        expect(isEverythingPaid(atFirstLook, atFirstLook)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
