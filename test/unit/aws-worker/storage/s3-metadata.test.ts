import { describe, expect, it } from 'vitest';
import { decodeHeaderText } from '../../../../aws-worker/storage/s3-encoded-word.ts';
import { headersOfDescription, USER_METADATA_MAX_BYTES } from '../../../../aws-worker/storage/s3-metadata.ts';
import { metadataOfRecord, recordOfMetadata } from '../../../../aws-worker/storage/s3-source-record.ts';
import type { ObjectDescription, SourceRecord } from '../../../../aws-worker/transfer/object-destination.ts';
import type { CarriedHeaders } from '../../../../aws-worker/transfer/object-source.ts';

const record: SourceRecord = {
  etag: '5B3C1A2E053D763E1B002CC607C5A0FE',
  lastModified: 'Fri, 20 Nov 2026 10:00:00 GMT',
  crc64: '11051210869376104954',
  crc32: 0xcbf43926,
  metadataHash: 'hash-of-metadata',
  backfill: 'backfill-1',
};

function describeObject(parts: Partial<ObjectDescription> = {}): ObjectDescription {
  return { headers: {}, metadata: {}, tags: {}, record, ...parts };
}

const recordHeaders = {
  'x-amz-meta-bridge-etag': record.etag,
  'x-amz-meta-bridge-modified': record.lastModified,
  'x-amz-meta-bridge-crc64': record.crc64,
  'x-amz-meta-bridge-crc32': 'y/Q5Jg==',
  'x-amz-meta-bridge-metadata': record.metadataHash,
  'x-amz-meta-bridge-backfill': record.backfill,
};

describe('system headers', () => {
  it.each<[string, CarriedHeaders, Record<string, string>]>([
    ['none', {}, {}],
    [
      'all',
      {
        contentType: 'text/html; charset=utf-8',
        cacheControl: 'max-age=60',
        contentEncoding: 'gzip',
        contentLanguage: 'zh',
        contentDisposition: 'inline',
        expires: 'not a date at all',
      },
      {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'max-age=60',
        'content-encoding': 'gzip',
        'content-language': 'zh',
        'content-disposition': 'inline',
        expires: 'not a date at all',
      },
    ],
    ['an empty one', { cacheControl: '' }, {}],
    ['aws-chunked alone', { contentEncoding: 'aws-chunked' }, {}],
    ['aws-chunked among others', { contentEncoding: 'AWS-chunked, gzip,aws-chunked' }, { 'content-encoding': 'gzip' }],
    [
      'a Chinese file name',
      { contentDisposition: 'attachment; filename="中 文.txt"' },
      { 'content-disposition': `attachment; filename="_ _.txt"; filename*=UTF-8''%E4%B8%AD%20%E6%96%87.txt` },
    ],
    [
      'a Chinese file name without quotes, and a parameter after it',
      { contentDisposition: 'attachment; filename=中.txt; size=1' },
      { 'content-disposition': `attachment; filename="_.txt"; filename*=UTF-8''%E4%B8%AD.txt; size=1` },
    ],
    [
      'a Chinese file name that has its ASCII form already',
      { contentDisposition: `attachment; filename*=UTF-8''%E4%B8%AD.txt; filename="中.txt"` },
      { 'content-disposition': `attachment; filename*=UTF-8''%E4%B8%AD.txt; filename="_.txt"` },
    ],
  ])('carries %s', (_name, headers, expected) => {
    expect(headersOfDescription(describeObject({ headers }), 'fail').headers).toEqual({
      ...expected,
      ...recordHeaders,
    });
  });

  it('refuses other headers that are not ASCII', () => {
    const refused = () => headersOfDescription(describeObject({ headers: { cacheControl: '中' } }), 'fail');
    expect(refused).toThrow(expect.objectContaining({ code: 'header-not-allowed', kind: 'permanent' }));
  });
});

describe('user metadata', () => {
  it('goes along, encoded where it must be', () => {
    const metadata = { plain: 'a b', chinese: '中文', __proto__x: '' };
    const { headers, droppedMetadata } = headersOfDescription(describeObject({ metadata }), 'fail');
    expect(headers).toEqual({
      'x-amz-meta-plain': 'a b',
      'x-amz-meta-chinese': '=?UTF-8?B?5Lit5paH?=',
      'x-amz-meta-__proto__x': '',
      ...recordHeaders,
    });
    expect(droppedMetadata).toEqual([]);
  });

  it.each(['bridge-etag', 'bridge-backfill', 'Bridge-ETag', 'bridge-anything'])(
    'cannot forge a record by the name %s',
    name => {
      const bare = { ...record, backfill: undefined };
      const { headers, droppedMetadata } = headersOfDescription(
        describeObject({ metadata: { [name]: 'forged', mine: 'x' }, record: bare }),
        'fail',
      );
      expect(Object.values(headers)).not.toContain('forged');
      expect(headers['x-amz-meta-mine']).toBe('x');
      expect(droppedMetadata).toEqual([name]);
    },
  );

  it('refuses a name that no header can have', () => {
    const refused = () => headersOfDescription(describeObject({ metadata: { 'a b': '1' } }), 'drop');
    expect(refused).toThrow(expect.objectContaining({ code: 'metadata-not-allowed' }));
  });
});

describe('the 2 KB of user metadata', () => {
  const ours = Object.entries(metadataOfRecord(record)).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  const room = USER_METADATA_MAX_BYTES - ours;

  it('may be filled to the last byte, our record and the names included', () => {
    const full = describeObject({ metadata: { a: 'x'.repeat(room - 1) } });
    expect(headersOfDescription(full, 'fail').headers['x-amz-meta-a']).toHaveLength(room - 1);
    expect(headersOfDescription(full, 'drop').droppedMetadata).toEqual([]);
  });

  it('fails with one byte more', () => {
    const over = describeObject({ metadata: { a: 'x'.repeat(room) } });
    const refused = () => headersOfDescription(over, 'fail');
    expect(refused).toThrow(expect.objectContaining({ code: 'metadata-too-large', kind: 'permanent' }));
  });

  it('leaves to S3 what only its encoding makes too large', () => {
    const chinese = '中'.repeat(Math.floor((room - 1) / 3));
    const { headers } = headersOfDescription(describeObject({ metadata: { a: chinese } }), 'fail');
    expect(decodeHeaderText(headers['x-amz-meta-a'] ?? '')).toBe(chinese);
  });

  it('drops the largest entries until the rest fits, and never our record', () => {
    const metadata = { large: 'x'.repeat(1500), middle: 'y'.repeat(900), small: 'z' };
    const { headers, droppedMetadata } = headersOfDescription(describeObject({ metadata }), 'drop');
    expect(droppedMetadata).toEqual(['large']);
    expect(Object.keys(headers).sort()).toEqual(
      ['x-amz-meta-middle', 'x-amz-meta-small', ...Object.keys(recordHeaders)].sort(),
    );
  });

  it('drops the same of two equal entries whatever their order', () => {
    const value = 'x'.repeat(1000);
    const there = headersOfDescription(describeObject({ metadata: { a: value, b: value } }), 'drop');
    const back = headersOfDescription(describeObject({ metadata: { b: value, a: value } }), 'drop');
    expect(there.droppedMetadata).toEqual(['b']);
    expect(back.droppedMetadata).toEqual(['b']);
  });
});

describe('tags', () => {
  it('go along as one header', () => {
    const { headers } = headersOfDescription(describeObject({ tags: { 'a b': '1+1=2' } }), 'fail');
    expect(headers['x-amz-tagging']).toBe('a%20b=1%2B1%3D2');
  });
});

describe('the record', () => {
  it('comes back as it was put', () => {
    expect(recordOfMetadata(metadataOfRecord(record))).toEqual(record);
    const bare = { ...record, crc64: undefined, crc32: undefined, backfill: undefined };
    expect(recordOfMetadata(metadataOfRecord(bare))).toEqual(bare);
  });

  it.each(['bridge-etag', 'bridge-modified', 'bridge-metadata'])('is none without its %s', name => {
    const { [name]: _gone, ...rest } = metadataOfRecord(record);
    expect(recordOfMetadata(rest)).toBeUndefined();
  });

  it('is none where there is no metadata', () => {
    expect(recordOfMetadata(undefined)).toBeUndefined();
    expect(recordOfMetadata({})).toBeUndefined();
  });
});
