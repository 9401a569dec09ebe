import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destinationKey, encodeKeyForUrl, keyFault, sourceKey } from '../../../../shared/keys/key-rules.ts';
import { unicodeText } from '../../../fixtures/unicode-text.ts';

describe('a source key', () => {
  test.each([
    'a',
    '/a',
    'a//b/../c/./',
    ' a ',
    '\u0000\u001f\u007f',
    '\ufffe\uffff',
    'e\u0301 is not é',
    '😀',
    'a'.repeat(1023),
    'ä'.repeat(511),
  ])('may be %j', key => {
    expect(keyFault(key)).toBeUndefined();
  });

  test.each([
    ['', 'is empty'],
    ['a\ud800', 'lone surrogate'],
    ['\udc00a', 'lone surrogate'],
    ['a'.repeat(1024), '1024 bytes'],
    ['ä'.repeat(512), '1024 bytes'],
  ])('may not be %j', (key, fault) => {
    expect(keyFault(key)).toContain(fault);
  });
});

describe('the destination key', () => {
  test.each([
    ['a/b', '', '', 'a/b'],
    ['in/a', 'in/', 'out/', 'out/a'],
    ['in/a', 'in', 'out', 'out/a'],
    ['a', '', 'copy-of-', 'copy-of-a'],
    ['in/', 'in/', 'out/', 'out/'],
    ['in//a', 'in/', '', '/a'],
  ])('of %o, with OSS_PREFIX %o and S3_PREFIX %o, is %o', (key, sourcePrefix, destinationPrefix, expected) => {
    expect(destinationKey(key, { sourcePrefix, destinationPrefix })).toBe(expected);
  });

  test.each([
    ['other/a', 'in/', '', 'key-outside-prefix'],
    ['in/', 'in/', '', 'key-empty-at-destination'],
    ['a'.repeat(1023), '', 'é', 'key-too-long'],
  ])('of %o is refused for good', (key, sourcePrefix, destinationPrefix, code) => {
    const mapping = { sourcePrefix, destinationPrefix };
    expect(() => destinationKey(key, mapping)).toThrow(expect.objectContaining({ kind: 'permanent', code, key }));
  });

  test('may have the 1,024 bytes that S3 allows', () => {
    expect(destinationKey('a'.repeat(1023), { sourcePrefix: '', destinationPrefix: 'b' })).toHaveLength(1024);
  });
});

describe('in a URL', () => {
  test('a key is encoded byte by byte, but for unreserved characters and the slash', () => {
    expect(encodeKeyForUrl("a/b c+d%e!'()*~-._ä😀\u0000")).toBe(
      'a/b%20c%2Bd%25e%21%27%28%29%2A~-._%C3%A4%F0%9F%98%80%00',
    );
  });

  test('it comes back as it was', () => {
    fc.assert(
      fc.property(unicodeText({ maxLength: 20 }), key => {
        expect(decodeURIComponent(encodeKeyForUrl(key))).toBe(key);
        expect(encodeKeyForUrl(key)).toMatch(/^(?:[A-Za-z0-9/~._-]|%[0-9A-F]{2})*$/);
      }),
    );
  });
});

test.each([
  ['', '', 'a/b', 'a/b'],
  ['in/', '', 'b', 'in/b'],
  ['', 'out/', 'out/a', 'a'],
  ['in/', 'out/', 'out/a', 'in/a'],
  ['in/', 'out/', 'a', undefined],
])('with OSS_PREFIX %j and S3_PREFIX %j, %j came from %j', (sourcePrefix, destinationPrefix, key, expected) => {
  const mapping = { sourcePrefix, destinationPrefix };
  expect(sourceKey(key, mapping)).toBe(expected);
  if (expected !== undefined) expect(destinationKey(expected, mapping)).toBe(key);
});
