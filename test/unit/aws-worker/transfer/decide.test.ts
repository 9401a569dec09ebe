import { describe, expect, test } from 'vitest';
import { type Decision, decide, isEqual, md5OfEtag } from '../../../../aws-worker/transfer/decide.ts';
import { recordOf } from '../../../../aws-worker/transfer/source-version.ts';
import { copyOf, sourceObject } from './objects.ts';

const source = sourceObject();
const skip: Decision = { action: 'skip', outcome: 'skipped' };
const copied: Decision = { action: 'skip', outcome: 'copied' };
const copyOver: Decision = { action: 'copy', condition: { kind: 'etag', etag: 'etag-at-s3' } };
const create: Decision = { action: 'copy', condition: { kind: 'empty' } };
const equal = copyOf(source);
const different = copyOf(sourceObject({ etag: 'another' }));
const ours = copyOf(source, { record: recordOf(source, { backfill: 'b1', crc32: undefined }) });

describe('decide', () => {
  test.each([
    ['nothing is there', undefined, 'live', undefined, create],
    ['nothing is there', undefined, 'missing', 'b1', create],
    ['nothing is there', undefined, 'all', 'b1', create],
    ['an equal copy', equal, 'live', undefined, skip],
    ['an equal copy', equal, 'missing', 'b1', skip],
    ['an equal copy of somebody else', equal, 'all', 'b1', copyOver],
    ['its own equal copy', ours, 'missing', 'b1', copied],
    ['its own equal copy', ours, 'all', 'b1', copied],
    ["another backfill's equal copy", ours, 'missing', 'b2', skip],
    ["another backfill's equal copy", ours, 'all', 'b2', copyOver],
    ["a backfill's equal copy", ours, 'live', undefined, skip],
    ['another version', different, 'live', undefined, copyOver],
    ['another version', different, 'missing', 'b1', copyOver],
    ['its own copy of another version', copyOf(sourceObject({ etag: 'x' })), 'all', 'b1', copyOver],
  ] as const)('where it meets %s (%o) in mode %s of backfill %s', (_, destination, mode, backfill, expected) => {
    expect(decide({ destination, source, mode, backfill })).toEqual(expected);
  });
});

describe('equal by our record', () => {
  test.each([
    ['the ETag', { etag: 'another' }],
    ['the size', { sizeBytes: 2 }],
    ['the CRC-64', { crc64: 1n }],
    ['the CRC-64, which is no longer known', { crc64: undefined }],
    ['a carried header', { headers: { contentType: 'text/html' } }],
    ['user metadata', { metadata: { owner: 'Zoe' } }],
  ])('not when the source has changed %s', (_, change) => {
    expect(isEqual(equal, sourceObject(change))).toBe(false);
  });

  test('also when only tags, storage class or the time of modification changed: nothing that is carried over did', () => {
    const touched = sourceObject({ tagCount: 3, storageClass: 'IA', lastModified: 'Fri, 02 Jan 2026 00:00:01 GMT' });
    expect(isEqual(equal, touched)).toBe(true);
  });

  test('of a version that has no CRC-64, as long as it has none', () => {
    const without = sourceObject({ crc64: undefined });
    expect(isEqual(copyOf(without), without)).toBe(true);
  });
});

describe('equal without our record', () => {
  const foreign = { record: undefined, etag: source.etag.toLowerCase() };

  test.each([
    ['by size and MD5', {}, {}, true],
    ['not when the MD5 differs', {}, { etag: 'f'.repeat(32) }, false],
    ['not when the size differs', {}, { sizeBytes: 2 }, false],
    ['not when the destination was uploaded in parts', {}, { etag: `${foreign.etag}-1` }, false],
    [
      "not when the source's ETag is no MD5: uploaded in parts",
      { etag: `${source.etag}-1`, type: 'Multipart' },
      {},
      false,
    ],
    ['not when the source was appended to, though its ETag looks like an MD5', { type: 'Appendable' }, {}, false],
  ] as const)('%s', (_, ofSource, ofDestination, expected) => {
    const from = sourceObject(ofSource);
    expect(isEqual(copyOf(from, { ...foreign, ...ofDestination }), from)).toBe(expected);
  });
});

test.each([
  ['Normal', 'ABCDEF0123456789ABCDEF0123456789', 'abcdef0123456789abcdef0123456789'],
  ['Normal', 'ABCDEF0123456789ABCDEF0123456789-2', undefined],
  ['Normal', 'ABCDEF0123456789ABCDEF012345678', undefined],
  ['Normal', 'GBCDEF0123456789ABCDEF0123456789', undefined],
  ['Multipart', 'ABCDEF0123456789ABCDEF0123456789', undefined],
  ['Appendable', 'ABCDEF0123456789ABCDEF0123456789', undefined],
  ['Symlink', 'ABCDEF0123456789ABCDEF0123456789', undefined],
] as const)('the ETag of a %s object, %s, is the MD5 %s', (type, etag, expected) => {
  expect(md5OfEtag({ type, etag })).toBe(expected);
});
