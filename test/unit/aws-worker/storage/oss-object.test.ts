import { describe, expect, test } from 'vitest';
import { headerText } from '../../../../aws-worker/storage/oss-headers.ts';
import { readContentLength, readSourceObject } from '../../../../aws-worker/storage/oss-object.ts';

const HEADERS = {
  etag: '"5D41402ABC4B2A76B9719D911017C592"',
  'last-modified': 'Tue, 03 Nov 2026 10:00:00 GMT',
  'x-oss-object-type': 'Normal',
};
const wire = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const read = (headers: Record<string, string | string[]>) => readSourceObject('k', { ...HEADERS, ...headers }, 5);

describe('the headers of an answer', () => {
  test('become an object', () => {
    const object = read({
      'x-oss-hash-crc64ecma': '18446744073709551615',
      'x-oss-storage-class': 'IA',
      'x-oss-tagging-count': '3',
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      expires: 'never',
    });
    expect(object).toEqual({
      key: 'k',
      sizeBytes: 5,
      etag: '5D41402ABC4B2A76B9719D911017C592',
      lastModified: 'Tue, 03 Nov 2026 10:00:00 GMT',
      crc64: (1n << 64n) - 1n,
      type: 'Normal',
      headers: { contentType: 'text/plain', cacheControl: 'no-store', expires: 'never' },
      metadata: {},
      tagCount: 3,
      storageClass: 'IA',
    });
  });

  test('may lack a CRC-64', () => expect(read({}).crc64).toBeUndefined());
  test('take CRC-64 0 as one: that of an empty object', () =>
    expect(read({ 'x-oss-hash-crc64ecma': '0' }).crc64).toBe(0n));
  test('of an unknown type are read as Multipart, whose ETag is opaque', () =>
    expect(read({ 'x-oss-object-type': 'New' }).type).toBe('Multipart'));

  test.each([
    ['no ETag', { etag: '' }],
    ['an empty ETag', { etag: '""' }],
    ['no Last-Modified', { 'last-modified': '' }],
    ['a Last-Modified that is no date', { 'last-modified': 'yesterday?' }],
    ['a CRC-64 with letters', { 'x-oss-hash-crc64ecma': '12ab' }],
    ['a CRC-64 above 64 bits', { 'x-oss-hash-crc64ecma': '18446744073709551616' }],
  ])('with %s are refused, to be asked again', (_name, headers) => {
    expect(() => read(headers)).toThrow(expect.objectContaining({ kind: 'retryable', code: 'source-bad-answer' }));
  });

  test.each(['', '-1', '1.5', '1e3', '0x10', '9007199254740993', 'five'])(
    'with Content-Length %j are refused',
    length => {
      expect(() => readContentLength('k', { 'content-length': length })).toThrow(
        expect.objectContaining({ code: 'source-bad-answer' }),
      );
    },
  );

  test('without Content-Length (re-encoded on the way) are refused', () => {
    expect(() => readContentLength('k', { 'content-encoding': 'gzip' })).toThrow(
      expect.objectContaining({ code: 'source-bad-answer' }),
    );
  });
});

describe('metadata', () => {
  test.each([
    ['plain', 'plain', 'plain'],
    ['UTF-8', wire('中文 😀'), '中文 😀'],
    ['percent-encoded, left as it is', '%E4%B8%AD', '%E4%B8%AD'],
    ['Latin-1 from an old client', 'caf\xe9', 'café'],
    ['a byte order mark, kept', wire('\ufeffx'), '\ufeffx'],
  ])('is read: %s', (_name, value, text) => {
    expect(read({ 'x-oss-meta-note': value }).metadata).toEqual({ note: text });
    expect(headerText(value)).toBe(text);
  });

  test('that comes twice is joined', () => {
    expect(read({ 'x-oss-meta-a': ['1', '2'] }).metadata).toEqual({ a: '1, 2' });
  });

  test('may be named like a part of every object', () => {
    const { metadata } = read({ 'x-oss-meta-constructor': 'a', 'x-oss-meta-tostring': 'b' });
    expect(Object.entries(metadata)).toEqual([
      ['constructor', 'a'],
      ['tostring', 'b'],
    ]);
  });
});

describe('Content-Disposition', () => {
  test.each([
    ["the domain's own is dropped", { 'x-oss-force-download': 'true', 'content-disposition': 'attachment' }, undefined],
    ["the object's is kept", { 'content-disposition': 'attachment' }, 'attachment'],
    [
      "the object's with a name is kept",
      { 'x-oss-force-download': 'true', 'content-disposition': 'attachment; filename=a' },
      'attachment; filename=a',
    ],
  ])('%s', (_name, headers, expected) => {
    expect(read({ ...headers }).headers.contentDisposition).toBe(expected);
  });
});
