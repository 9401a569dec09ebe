import { describe, expect, test } from 'vitest';
import {
  bigintOf,
  dateOf,
  integerOf,
  itemOf,
  optionalDateOf,
  optionalTextOf,
  textOf,
  textsOf,
} from '../../../../aws-worker/ledger/dynamodb-items.ts';

describe('attributes', () => {
  test.each(['', 'a', '\u0000', 'a\u0000b', 'é', 'e\u0301', '\ufffe', '\u{1f600}', 'x'.repeat(1024)])(
    'keep the text %j as it is',
    text => {
      expect(textOf(itemOf({ text }), 'text')).toBe(text);
    },
  );

  test.each([0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('keep the number %d exactly', number => {
    expect(integerOf(itemOf({ number }), 'number')).toBe(number);
  });

  test.each([2n ** 64n - 1n, 2n ** 63n, 0n, 10n ** 37n])('keep all digits of %d', number => {
    expect(bigintOf(itemOf({ number }), 'number')).toBe(number);
  });

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuse %d, which would be counted wrong', number => {
    expect(() => itemOf({ number })).toThrow(RangeError);
  });

  test('keep lists of texts, also empty ones', () => {
    expect(textsOf(itemOf({ list: ['b', 'a'] }), 'list')).toEqual(['b', 'a']);
    expect(textsOf(itemOf({ list: [] }), 'list')).toEqual([]);
  });

  test('that are undefined are left out, and read as such', () => {
    const item = itemOf({ reason: undefined, endedAt: undefined, at: 5 });
    expect(item).toEqual({ at: { N: '5' } });
    expect(optionalTextOf(item, 'reason')).toBeUndefined();
    expect(optionalDateOf(item, 'endedAt')).toBeUndefined();
    expect(dateOf(item, 'at')).toEqual(new Date(5));
  });

  test.each([
    ['text', () => textOf({ text: { N: '1' } }, 'text')],
    ['number', () => integerOf({ number: { S: '1' } }, 'number')],
    ['number', () => integerOf({ number: { N: '1.5' } }, 'number')],
    ['list', () => textsOf({ list: { L: [{ N: '1' }] } }, 'list')],
    ['missing', () => textOf({}, 'missing')],
  ])('of another type are not taken for what they are not: %s', (name, read) => {
    expect(read).toThrow(new RegExp(`attribute ${name} holds`));
  });
});
