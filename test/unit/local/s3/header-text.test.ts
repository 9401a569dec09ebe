import { describe, expect, it } from 'vitest';
import { decodeHeader, decodeRfc2047, encodeHeader, encodeRfc2047 } from '../../../../local/s3/header-text.ts';

describe('RFC 2047', () => {
  it.each([
    ['plain', 'plain'],
    ['=?UTF-8?B?5p2t5bee?=', '杭州'],
    ['=?utf-8?q?caf=C3=A9_au_lait?=', 'café au lait'],
    ['=?ISO-8859-1?Q?caf=E9?=', 'café'],
    ['=?UTF-8?B?5p2t?= =?UTF-8?B?5bee?=', '杭州'],
    ['a =?UTF-8?B?5p2t?= b', 'a 杭 b'],
    ['=?UTF-8?B?/w==?=', '=?UTF-8?B?/w==?='],
    ['=?no-such-charset?B?AA==?=', '=?no-such-charset?B?AA==?='],
  ])('decodes %j as %j', (encoded, expected) => {
    expect(decodeRfc2047(encoded)).toBe(expected);
  });

  it.each(['', 'plain text', '杭州', 'café', '😀', 'tab\there'])('gives %j back after encoding it', text => {
    expect(encodeRfc2047(text)).toMatch(/^[\u0020-\u007e]*$/);
    expect(decodeRfc2047(encodeRfc2047(text))).toBe(text);
  });
});

it('reads UTF-8 where the bytes are UTF-8, else one character a byte', () => {
  expect(decodeHeader(encodeHeader('杭州'))).toBe('杭州');
  expect(decodeHeader('caf\u00e9')).toBe('café');
});
