import { describe, expect, test } from 'vitest';
import { isSameVersion, metadataHash, recordOf } from '../../../../aws-worker/transfer/source-version.ts';
import { sourceObject } from './objects.ts';

const described = {
  headers: {
    contentType: 'image/jpeg',
    cacheControl: 'max-age=60',
    contentEncoding: 'gzip',
    contentLanguage: 'de',
    contentDisposition: 'attachment; filename="ä.jpg"',
    expires: 'Thu, 01 Jan 2026 00:00:00 GMT',
  },
  metadata: { owner: 'Zoë', b: '2', a: '1' },
};

describe('the hash of headers and metadata', () => {
  test('is what it was when the first objects were copied: recorded hashes must stay comparable', () => {
    expect(metadataHash(described)).toBe('0Nd7ZtDPhV_N4cBQ6Hqoaw');
    expect(metadataHash({ headers: {}, metadata: {} })).toBe('X8AyPfO1qKjmXha-J_usTs');
  });

  test('does not depend on the order of metadata', () => {
    const { owner, a, b } = described.metadata;
    expect(metadataHash({ ...described, metadata: { a, b, owner } })).toBe(metadataHash(described));
  });

  test.each(Object.entries(described.headers))('depends on %s, which is %s', (name, value) => {
    const changed = { ...described, headers: { ...described.headers, [name]: `${value}x` } };
    const { [name]: _, ...rest }: Record<string, string> = described.headers;
    expect(metadataHash(changed)).not.toBe(metadataHash(described));
    expect(metadataHash({ ...described, headers: rest })).not.toBe(metadataHash(described));
  });

  test.each([
    [
      'a value for another',
      { headers: { contentType: 'x' }, metadata: {} },
      { headers: { cacheControl: 'x' }, metadata: {} },
    ],
    [
      'a header for metadata',
      { headers: { contentType: 'x' }, metadata: {} },
      { headers: {}, metadata: { contentType: 'x' } },
    ],
    ['an empty value for none', { headers: {}, metadata: { a: '' } }, { headers: {}, metadata: {} }],
    [
      'one name with separators for two',
      { headers: {}, metadata: { 'a":"1","b': '2' } },
      { headers: {}, metadata: { a: '1', b: '2' } },
    ],
  ])('does not take %s', (_, one, other) => {
    expect(metadataHash(one)).not.toBe(metadataHash(other));
  });
});

test('the record names the version, what was carried over, and the backfill', () => {
  const source = sourceObject();
  expect(recordOf(source, { backfill: 'b1', crc32: 17 })).toEqual({
    etag: source.etag,
    lastModified: source.lastModified,
    crc64: '3808858755133389113',
    crc32: 17,
    metadataHash: metadataHash(source),
    backfill: 'b1',
  });
});

describe('two looks saw one version', () => {
  test('when all that names it agrees', () => {
    expect(isSameVersion(sourceObject(), sourceObject({ tagCount: 9 }))).toBe(true);
  });

  test.each([
    ['the ETag', { etag: 'x' }],
    ['the size', { sizeBytes: 9 }],
    ['the time: written again with the same bytes', { lastModified: 'Thu, 01 Jan 2026 00:00:02 GMT' }],
    ['the CRC-64', { crc64: undefined }],
    ['the metadata', { metadata: {} }],
  ])('not when they differ in %s', (_, change) => {
    expect(isSameVersion(sourceObject(), sourceObject(change))).toBe(false);
  });
});
