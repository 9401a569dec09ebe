import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, utf8Length } from '../../../shared/utf8-order.ts';
import { unicodeText } from '../../fixtures/unicode-text.ts';

/** Few characters, so that the strings share beginnings; at the borders where UTF-16 and UTF-8 disagree. */
const borders = fc.constantFrom(
  'a',
  'b',
  '\u007f',
  'ä',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '～',
  '\uffff',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
);
const key = fc.oneof(
  fc.array(borders, { maxLength: 5 }).map(characters => characters.join('')),
  unicodeText({ maxLength: 20 }),
);

test('keys compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});

test('characters beyond the Basic Multilingual Plane come last, unlike in JavaScript', () => {
  expect(compareUtf8('～', '😀')).toBeLessThan(0);
  expect('～' < '😀').toBe(false);
});

test('a length is that of the bytes', () => {
  expect(utf8Length('aä漢😀')).toBe(1 + 2 + 3 + 4);
});
