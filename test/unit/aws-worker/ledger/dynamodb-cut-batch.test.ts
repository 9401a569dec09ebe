import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BatchPart, cutBatch, MAX_SETTLED_ROWS } from '../../../../aws-worker/ledger/dynamodb-cut-batch.ts';
import type { SettledObject } from '../../../../aws-worker/ledger/ledger.ts';
import { settlementOf } from '../../../../aws-worker/ledger/settlement.ts';
import { OUTCOMES } from '../../../../aws-worker/transfer/outcome.ts';
import { compareUtf8 } from '../../../../shared/utf8-order.ts';

const row = { from: '', to: '', found: { objects: 90, bytes: 900 } };
const keyOf = (index: number) => `k${String(index).padStart(6, '0')}`;
const failed = (count: number, first = 0): readonly SettledObject[] =>
  Array.from({ length: count }, (_, index) => ({ key: keyOf(first + index), kind: 'failed', sizeBytes: 1 }));

function namesOf({ settled, owed }: Pick<BatchPart, 'settled' | 'owed'>): readonly string[] {
  return [...settled, ...owed].map(({ key }) => key).sort(compareUtf8);
}

describe('a batch that is cut', () => {
  test.each([
    [MAX_SETTLED_ROWS + 1, 2],
    [2 * MAX_SETTLED_ROWS, 2],
    [2 * MAX_SETTLED_ROWS + 1, 3],
    [MAX_SETTLED_ROWS ** 2, MAX_SETTLED_ROWS],
  ])('of %d keys has %d parts, each fit for a transaction', (keys, parts) => {
    const cut = cutBatch(row, { settled: failed(keys), owed: [] });
    expect(cut).toHaveLength(parts);
    for (const part of cut) expect(namesOf(part).length).toBeLessThanOrEqual(MAX_SETTLED_ROWS);
  });

  test('of more keys than that has larger parts, which are cut again until they fit', () => {
    const fits = (part: Pick<BatchPart, 'settled' | 'owed'>) => namesOf(part).length <= MAX_SETTLED_ROWS;
    let cut = cutBatch(row, { settled: failed(MAX_SETTLED_ROWS ** 2 * 3), owed: [] });
    expect(cut.length).toBeLessThanOrEqual(MAX_SETTLED_ROWS);
    for (let round = 0; round < 3 && !cut.every(fits); round++) {
      cut = cut.flatMap(part => (fits(part) ? [part] : cutBatch(part, part)));
    }
    expect(cut.every(fits)).toBe(true);
    expect(cut.flatMap(namesOf)).toHaveLength(MAX_SETTLED_ROWS ** 2 * 3);
  });

  test('covers its interval, part after part, in UTF-8 order', () => {
    const interval = { from: 'a', to: 'z', found: row.found };
    const owed = ['\u{1f600}', '\uff5e', ...failed(150).map(({ key }) => key)].map(key => ({ key, sizeBytes: 2 }));
    const cut = cutBatch(interval, { settled: [], owed });
    expect(cut[0]?.from).toBe('a');
    expect(cut.at(-1)?.to).toBe('z');
    for (const [index, part] of cut.entries()) {
      const next = cut[index + 1];
      if (next !== undefined) expect(part.to).toBe(next.from);
      for (const key of namesOf(part)) {
        if (index > 0) expect(compareUtf8(key, part.from)).toBeGreaterThan(0);
        if (next !== undefined) expect(compareUtf8(key, part.to)).toBeLessThanOrEqual(0);
      }
    }
    expect(cut.flatMap(namesOf).at(-1)).toBe('\u{1f600}');
  });

  test('counts, part by part, what it would count whole', () => {
    const object = fc.record({
      key: fc.nat({ max: 400 }).map(keyOf),
      kind: fc.constantFrom(...OUTCOMES),
      sizeBytes: fc.nat({ max: 9 }),
    });
    const owedKey = fc.record({ key: fc.nat({ max: 400 }).map(keyOf), sizeBytes: fc.nat({ max: 9 }) });
    const met = fc.record({
      settled: fc.array(object, { minLength: 100, maxLength: 300 }),
      owed: fc.array(owedKey, { maxLength: 200 }),
    });
    fc.assert(
      fc.property(met, fc.nat({ max: 600 }), (keys, foundObjects) => {
        const batch = { ...row, found: { objects: foundObjects, bytes: 100 } };
        const whole = settlementOf(batch.found, keys);
        const parts = cutBatch(batch, keys).map(part => settlementOf(part.found, part));
        for (const kind of OUTCOMES) {
          const counts = parts.reduce(
            (sum, { outcomes }) => ({
              objects: sum.objects + (outcomes[kind]?.objects ?? 0),
              bytes: sum.bytes + (outcomes[kind]?.bytes ?? 0),
            }),
            { objects: 0, bytes: 0 },
          );
          expect(counts, kind).toEqual(whole.outcomes[kind] ?? { objects: 0, bytes: 0 });
        }
        expect(parts.flatMap(({ owed }) => owed)).toEqual(whole.owed.toSorted((a, b) => compareUtf8(a.key, b.key)));
        expect(parts.flatMap(({ failed: each }) => each).map(({ key }) => key)).toEqual(
          whole.failed.map(({ key }) => key).sort(compareUtf8),
        );
      }),
      { numRuns: 200 },
    );
  });
});
