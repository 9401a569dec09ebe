import { describe, expect, it } from 'vitest';
import { taggingHeader } from '../../../../aws-worker/storage/s3-tags.ts';

const manyTags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, '']));

describe('taggingHeader', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['no tags', {}, undefined],
    ['an empty value', { a: '' }, 'a='],
    ['all that S3 allows', { 'a b': '中_.:/=+-@' }, 'a%20b=%E4%B8%AD_.%3A%2F%3D%2B-%40'],
    ['several', { a: '1', b: '2' }, 'a=1&b=2'],
    ['the longest', { ['n'.repeat(128)]: 'v'.repeat(256) }, `${'n'.repeat(128)}=${'v'.repeat(256)}`],
  ])('writes %s', (_name, tags, expected) => {
    expect(taggingHeader(tags)).toBe(expected);
  });

  it('allows ten', () => {
    expect(taggingHeader(manyTags(10))?.split('&')).toHaveLength(10);
  });

  it.each<[string, Record<string, string>]>([
    ['eleven', manyTags(11)],
    ['an empty name', { '': 'x' }],
    ["AWS's own prefix", { 'AWS:x': '1' }],
    ['a name that is too long', { ['n'.repeat(129)]: '' }],
    ['a value that is too long', { a: 'v'.repeat(257) }],
    ['a character that S3 refuses', { a: 'x&y' }],
    ['an emoji', { a: '\u{1F600}' }],
  ])('refuses %s for good', (_name, tags) => {
    expect(() => taggingHeader(tags)).toThrow(expect.objectContaining({ code: 'tags-not-allowed', kind: 'permanent' }));
  });
});
