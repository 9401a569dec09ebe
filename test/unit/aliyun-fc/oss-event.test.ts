import { describe, expect, it } from 'vitest';
import { type OssChange, ossRecords, readOssRecord } from '../../../aliyun-fc/oss-event.ts';
import { ossEventBytes, ossEventJson } from '../../fixtures/oss-events/read-fixture.ts';

const ETAG = '0CC175B9C0F1B6A831C399E269772661';
const PUT: OssChange = {
  eventName: 'ObjectCreated:PutObject',
  bucket: 'example-bucket',
  key: 'source/a.png',
  sizeBytes: 122539,
  etag: ETAG,
  eventTime: '2026-11-02T08:15:30.000Z',
};
const COPY: OssChange = { ...PUT, eventName: 'ObjectCreated:CopyObject', key: 'copy.bin', sizeBytes: 10 };

function read(event: unknown): OssChange[] {
  return ossRecords(event).map(readOssRecord);
}

function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('It did not throw.');
}

describe('an OSS event', () => {
  it.each<[fixture: string, changes: OssChange[]]>([
    ['put-object', [PUT]],
    ['misplaced-braces', [PUT]],
    ['sparse', [{ eventName: PUT.eventName, bucket: PUT.bucket, key: PUT.key }]],
    ['copy-object', [COPY]],
    ['append-object', [{ ...PUT, eventName: 'ObjectCreated:AppendObject', key: 'app.log', sizeBytes: 2048 }]],
    ['cloud-event', [PUT]],
    ['cloud-event-array', [PUT, COPY]],
    [
      'cloud-event-sparse',
      [{ eventName: PUT.eventName, bucket: PUT.bucket, key: PUT.key, eventTime: '2026-11-02T08:15:31Z' }],
    ],
  ])('%s is read', (fixture, changes) => {
    expect(read(ossEventBytes(fixture))).toEqual(changes);
  });

  it('is the same as bytes, as text and as an object', () => {
    expect(read(ossEventBytes('put-object').toString('utf8'))).toEqual([PUT]);
    expect(read(new Uint8Array(ossEventBytes('put-object')))).toEqual([PUT]);
    expect(read(ossEventJson('put-object'))).toEqual([PUT]);
  });

  it('keeps keys as they are: nothing is decoded, trimmed or normalised', () => {
    expect(read(ossEventBytes('odd-keys')).map(change => change.key)).toEqual([
      'a%20b+c',
      '中文/照片 1.jpg',
      'emoji-😀',
      'double//slash/',
      'quote"back\\slash',
      'control\u0001\n',
      '\ufffe',
      '%E4%B8%AD',
    ]);
  });

  it.each<[what: string, size: unknown]>([
    ['negative', -1],
    ['text', '12'],
    ['a fraction', 1.5],
    ['beyond exact integers', 2 ** 60],
    ['null', null],
  ])('leaves out a size that is %s', (_what, size) => {
    const record = { eventName: 'x', oss: { bucket: { name: 'b' }, object: { key: 'k', size, deltaSize: 7 } } };
    expect(readOssRecord(record)).toEqual({ eventName: 'x', bucket: 'b', key: 'k' });
  });
});

describe('what is no OSS event', () => {
  it.each<[what: string, event: unknown, says: string]>([
    ['text that is not JSON', 'hello', 'not JSON in UTF-8'],
    ['empty bytes', Buffer.alloc(0), 'not JSON in UTF-8'],
    ['bytes that are not UTF-8', Buffer.from('{"events":["\xff"]}', 'latin1'), 'not JSON in UTF-8'],
    ['null', 'null', 'neither an `events` array'],
    ['a number', 7, 'neither an `events` array'],
    ['an S3 notification', ossEventBytes('malformed-s3-notification'), 'neither an `events` array'],
    ['events that are no array', { events: {} }, 'neither an `events` array'],
    ['no events', { events: [] }, '`events` is empty'],
    ['an empty array', [], 'the array is empty'],
  ])('refuses %s', (_what, event, says) => {
    expect(failure(() => ossRecords(event))).toMatchObject({
      kind: 'permanent',
      code: 'malformed-event',
      message: expect.stringContaining(says),
    });
  });

  it.each<[fixture: string, says: string]>([
    ['malformed-no-key', 'oss.object.key is missing'],
    ['malformed-no-bucket', 'oss.bucket.name is missing'],
    ['malformed-no-event-name', 'eventName is missing'],
    ['malformed-no-oss', 'oss.bucket.name, oss.object.key are missing'],
  ])('%s says what is missing', (fixture, says) => {
    expect(failure(() => read(ossEventBytes(fixture)))).toMatchObject({
      kind: 'permanent',
      code: 'malformed-event',
      message: expect.stringContaining(says),
    });
  });

  it('names the fields of a CloudEvent where they belong', () => {
    expect(failure(() => readOssRecord({ specversion: '1.0', type: 'x' }))).toMatchObject({
      message: expect.stringContaining('data.oss.bucket.name, data.oss.object.key are missing'),
    });
  });

  it.each<[what: string, key: string, says: string]>([
    ['a lone surrogate', 'a\ud800', 'lone surrogate'],
    ['more bytes than OSS allows', 'é'.repeat(512), '1024 bytes'],
  ])('refuses a key with %s, which no OSS object has', (_what, key, says) => {
    const event = JSON.stringify({ events: [{ eventName: 'x', oss: { bucket: { name: 'b' }, object: { key } } }] });
    expect(failure(() => read(event))).toMatchObject({
      kind: 'permanent',
      code: 'malformed-event',
      key,
      message: expect.stringContaining(says),
    });
  });
});
