import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedKeys } from '../../../../local/store/sorted-keys.ts';
import { compareUtf8 } from '../../../../shared/utf8-order.ts';

test('holds each key once, ascending by UTF-8 bytes, over many blocks', () => {
  for (const order of ['ascending', 'descending', 'shuffled'] as const) {
    const keys = Array.from({ length: 5000 }, (_, index) =>
      String.fromCodePoint(0xd000 + (index < 2048 ? index : index + 2048)),
    );
    const sorted = keys.toSorted(compareUtf8);
    const inserted = {
      ascending: sorted,
      descending: sorted.toReversed(),
      shuffled: keys.toSorted((a, b) => hash(a) - hash(b)),
    };
    const index = new SortedKeys();
    for (const key of inserted[order]) expect(index.add(key)).toBe(true);
    for (const key of inserted[order]) expect(index.add(key)).toBe(false);
    expect(index.size).toBe(5000);
    expect([...index]).toEqual(sorted);
    expect([...index.from(sorted[1234] ?? '')]).toEqual(sorted.slice(1234));
    for (const key of keys) expect(index.delete(key)).toBe(true);
    expect([index.size, [...index], index.delete('a')]).toEqual([0, [], false]);
  }
});

test('lists like a sorted array does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u{ff5e}', '\u{1f600}'), maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(text), text, text, fc.nat(5), (keys, prefix, startAfter, limit) => {
      const index = new SortedKeys();
      for (const key of keys) index.add(key);
      const expected = keys
        .filter(key => key.startsWith(prefix) && compareUtf8(key, startAfter) > 0)
        .sort(compareUtf8)
        .slice(0, limit);
      expect(index.list({ prefix, startAfter, limit })).toEqual(expected);
    }),
  );
});

function hash(key: string): number {
  return ((key.codePointAt(0) ?? 0) * 7919) % 5003;
}
