import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeaderText,
  ENCODED_WORD_MAX_CHARACTERS,
  encodeHeaderText,
} from '../../../../aws-worker/storage/s3-encoded-word.ts';

describe('encodeHeaderText', () => {
  it.each([
    ['plain', 'plain text, "quoted" = fine?', 'plain text, "quoted" = fine?'],
    ['empty', '', ''],
    ['Chinese', '中文', '=?UTF-8?B?5Lit5paH?='],
    ['a line feed', 'a\nb', '=?UTF-8?B?YQpi?='],
    ['a space at the end', 'a ', '=?UTF-8?B?YSA=?='],
    ['what looks encoded already', '=?UTF-8?B?5Lit?=', '=?UTF-8?B?PT9VVEYtOD9CPzVMaXQ/PQ==?='],
  ])('writes %s so that it survives', (_name, text, expected) => {
    expect(encodeHeaderText(text)).toBe(expected);
  });

  it('comes back the same, in printable ASCII words that are not too long and split no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        const header = encodeHeaderText(text);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeHeaderText(header)).toBe(text);
        if (header === text) return;
        for (const word of header.split(' ')) {
          expect(word.length).toBeLessThanOrEqual(ENCODED_WORD_MAX_CHARACTERS);
          expect(decodeHeaderText(word)).not.toContain('\uFFFD'.repeat(2));
          expect(Buffer.from(decodeHeaderText(word)).toString('base64')).toBe(word.slice(10, -2));
        }
      }),
    );
  });
});

describe('decodeHeaderText', () => {
  it.each([
    ['Q encoding', '=?UTF-8?Q?a_=E4=B8=AD=3D?=', 'a 中='],
    ['lower case', '=?utf-8?b?5Lit?=', '中'],
    ['a character split between two words', '=?UTF-8?B?5A==?= =?UTF-8?B?uK0=?=', '中'],
    ['text around a word', 'a =?UTF-8?B?5Lit?= b', 'a 中 b'],
    ['another charset, which it leaves alone', '=?GBK?B?1tA=?=', '=?GBK?B?1tA=?='],
  ])('reads %s', (_name, header, expected) => {
    expect(decodeHeaderText(header)).toBe(expected);
  });
});
