import { expect, it } from 'vitest';
import { formatBytes, formatCount, formatKey } from '../../../local/format-amounts.ts';
import { GIBIBYTE, KIBIBYTE, MEBIBYTE, TEBIBYTE } from '../../../shared/limits.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [KIBIBYTE, '1.0 KiB'],
  [1.5 * MEBIBYTE, '1.5 MiB'],
  [GIBIBYTE, '1.00 GiB'],
  [2 * TEBIBYTE, '2048.00 GiB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0, '0 objects'],
  [1, '1 object'],
  [2, '2 objects'],
  [1_234_567, '1,234,567 objects'],
])('counts %d as %s', (count, text) => {
  expect(formatCount(count, 'object')).toBe(text);
});

it.each([
  ['photos/a b.jpg', '"photos/a b.jpg"'],
  ['西湖.jpg', '"西湖.jpg"'],
  ['a\nb', '"a\\nb"'],
  ['\u001b[31mred', '"\\u001b[31mred"'],
  ['\u009b31m', '"\\u009b31m"'],
  ['a\u202egpj.exe', '"a\\u202egpj.exe"'],
  ['a\u2028b\u200bc', '"a\\u2028b\\u200bc"'],
  ['\u061ca\ufeffb\u00adc', '"\\u061ca\\ufeffb\\u00adc"'],
  ['tag \u{e0041}', '"tag \\udb40\\udc41"'],
  ['say "hi"', '"say \\"hi\\""'],
])('writes the key %j so that a terminal shows all of it and obeys none', (key, text) => {
  expect(formatKey(key)).toBe(text);
});

it('escapes all that is a control, or invisible, or breaks or turns a line', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character)) continue;
    const written = formatKey(character);
    expect(written).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(written)).toBe(character);
  }
});
