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
    expect(countsOf(sums, sums, 1)).toMatchObject({
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
    expect(countsOf(sums, sums, 0)).toMatchObject({
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
    expect(countsOf(sums, sums, 0).remaining.bytes).toBe(1);
  });

  test('read while everything changes are never negative, add up, and are not paid before they are', () => {
    // A history of settlements, cut anywhere: of each row the first look sees some, the second as much or more.
    const change = fc.record({
      row: fc.nat({ max: 2 }),
      objects: fc.nat({ max: 3 }),
      owed: fc.boolean(),
      fails: fc.boolean(),
    });
    const cut = fc.array(fc.nat({ max: 20 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), cut, cut, (history, firstCut, secondCut) => {
        const steps = history.flatMap(({ row, objects, owed, fails }) => {
          const left = owed ? 1 : 0;
          const outcome = fails ? 'failed' : 'copied';
          return [
            { row: 0, change: { made: { batches: 1, keys: keys(objects + left) } } },
            {
              row,
              change: {
                paid: { batches: 1, keys: keys(objects + left) },
                made: { objects: left, keys: keys(left) },
                outcomes: { [outcome]: keys(objects) },
              },
            },
          ];
        });
        // Reads come after each other: a row that is read later is read at a later time.
        const times = [...firstCut, ...secondCut].map(time => Math.min(time, steps.length)).sort((a, b) => a - b);
        const look = (from: number) =>
          sumsOf(
            [0, 1, 2].flatMap(row =>
              rowsOf(...steps.slice(0, times[from + row]).flatMap(step => (step.row === row ? [step.change] : []))),
            ),
          );
        const [before, after] = [look(0), look(3)];
        const counts = countsOf(before, after, 0);
        const parts = [...OUTCOMES.map(kind => counts.byOutcome[kind]), counts.remaining];
        expect(Math.min(...parts.flatMap(({ objects, bytes }) => [objects, bytes]))).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, { objects }) => sum + objects, 0)).toBe(counts.found.objects);
        expect(Math.min(counts.unpaidBatches, counts.unpaidObjects)).toBeGreaterThanOrEqual(0);
        if (isEverythingPaid(before, after)) {
          const atFirstLook = sumsOf(rowsOf(...steps.slice(0, times[2]).map(step => step.change)));
          expect(isEverythingPaid(atFirstLook, atFirstLook)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
