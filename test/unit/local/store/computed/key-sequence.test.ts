import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstIndexAtLeast,
  indexOfKey,
  sequenceOfFamily,
  sequenceOfList,
} from '../../../../../local/store/computed/key-sequence.ts';
import { compareUtf8 } from '../../../../../shared/utf8-order.ts';

const describeNothing = () => ({ sizeBytes: 0 });

describe('a numbered family', () => {
  it.each([
    [{ prefix: 'a/', count: 1 }, ['a/0']],
    [{ prefix: '', count: 11, suffix: '.gz' }, ['00.gz', '10.gz']],
    [{ prefix: '中/', count: 3, digits: 5 }, ['中/00000', '中/00002']],
  ] as const)('%j begins and ends with %j', (family, keys) => {
    const { count, keyAt } = sequenceOfFamily({ ...family, describe: describeNothing });
    expect([keyAt(0), keyAt(count - 1)]).toEqual([keys[0], keys.at(-1)]);
  });

  it('is refused when its keys would not ascend', () => {
    expect(() => sequenceOfFamily({ prefix: '', count: 11, digits: 1, describe: describeNothing })).toThrow(RangeError);
  });

  it('of ten million finds each key by its place', () => {
    const family = sequenceOfFamily({ prefix: 'k-', count: 10_000_000, suffix: '.bin', describe: describeNothing });
    for (const index of [0, 1, 4_999_999, 9_999_999]) expect(indexOfKey(family, family.keyAt(index))).toBe(index);
    for (const key of ['', 'k-', 'k-1.bin', 'k-00000000.bin', 'k-0000000.bin2', 'z']) {
      expect(indexOfKey(family, key)).toBeUndefined();
    }
  });
});

describe('a list', () => {
  it('is put into the order of UTF-8, the later of two with one key counting', () => {
    const keys = ['b', '\u{1f600}', '\u{ff5e}', 'a'];
    const list = sequenceOfList([{ key: 'a', sizeBytes: 1 }, ...keys.map(key => ({ key, sizeBytes: 2 }))]);
    expect(Array.from({ length: list.count }, (_, index) => list.keyAt(index))).toEqual([
      'a',
      'b',
      '\u{ff5e}',
      '\u{1f600}',
    ]);
    expect(list.describe(0).sizeBytes).toBe(2);
  });

  it('finds the first key that is not before another', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u{ff5e}', '\u{1f600}'), maxLength: 3 });
    fc.assert(
      fc.property(fc.uniqueArray(text), text, (keys, wanted) => {
        const list = sequenceOfList(keys.map(key => ({ key, sizeBytes: 0 })));
        expect(firstIndexAtLeast(list, wanted)).toBe(keys.filter(key => compareUtf8(key, wanted) < 0).length);
      }),
    );
  });
});
