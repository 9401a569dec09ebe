import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BATCH_MAX_OBJECTS, OSS_KEY_MAX_BYTES, SQS_MESSAGE_MAX_BYTES } from '../../../../shared/limits.ts';
import { formatMessage } from '../../../../shared/messages/format-message.ts';
import type { BatchMessage, ObjectMessage, RangeMessage } from '../../../../shared/messages/message.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { unicodeText } from '../../../fixtures/unicode-text.ts';

const object = (index: number) => ({ key: `k${index}`, size: 1 });
const batch = { backfill: 'b1', batch: 'x', from: '', to: 'z' };

describe('what is sent is read', () => {
  test.each<['object' | 'batch' | 'range', ObjectMessage | BatchMessage | RangeMessage]>([
    ['object', { key: 'a', size: 0 }],
    [
      'object',
      {
        key: 'a',
        size: Number.MAX_SAFE_INTEGER,
        bucket: 'b',
        etag: 'E',
        eventTime: '2026-01-01T00:00:00Z',
        attempt: 3,
      },
    ],
    ['object', { key: 'a', backfill: 'b1', batch: 'x_-9', attempt: 1 }],
    ['object', { key: 'a', waits: 10_000 }],
    ['batch', batch],
    ['batch', { ...batch, to: '' }],
    [
      'batch',
      {
        ...batch,
        objects: [
          { key: 'a', size: 1, etag: 'E', dest: null },
          { key: 'b', size: 2, dest: 'F' },
        ],
      },
    ],
    ['batch', { ...batch, objects: Array.from({ length: BATCH_MAX_OBJECTS }, (_, index) => object(index)) }],
    ['range', { backfill: 'b1', range: 'root' }],
  ])('%s: %j', (kind, message) => {
    expect(parseMessage(formatMessage(message))).toEqual({ kind, message });
  });

  test('whatever is in a key', () => {
    const key = unicodeText({ minLength: 1, maxLength: 200 }).filter(
      text => Buffer.byteLength(text) <= OSS_KEY_MAX_BYTES,
    );
    fc.assert(
      fc.property(key, text => {
        const body = formatMessage({ key: text, size: 1 });
        expect(body).toMatch(/^[\u0020-\u007e]*$/);
        expect(parseMessage(body).message).toEqual({ key: text, size: 1 });
      }),
    );
  });

  test.each(['\u0000', '\u0001', '\u007f', '\u2028', '\ufffe', '\uffff', '"', '\\', 'ä', '漢', '😀', '\ufeff'])(
    'the longest key of %j, in ASCII only',
    character => {
      const key = character.repeat(Math.floor(OSS_KEY_MAX_BYTES / Buffer.byteLength(character)));
      const body = formatMessage({ key, size: 1 });
      expect(body).toMatch(/^[\u0020-\u007e]*$/);
      expect(parseMessage(body).message).toEqual({ key, size: 1 });
    },
  );
});

describe("the predecessors' messages are accepted", () => {
  test.each([
    ['{"key":"ABC","size":100}', { key: 'ABC', size: 100 }],
    [
      '{"key":"ABC","size":100,"sequencer":"0055AED6DCD90281E5"}',
      { key: 'ABC', size: 100, sequencer: '0055AED6DCD90281E5' },
    ],
    ['{"size": 100, "key": "a b\\u00e4"}', { key: 'a bä', size: 100 }],
    ['\n {"key":"ä"} ', { key: 'ä' }],
  ])('%s', (body, message) => {
    expect(parseMessage(body)).toEqual({ kind: 'object', message });
  });
});

describe('anything else is refused, in words', () => {
  test.each([
    ['', 'not JSON'],
    ['key', 'not JSON'],
    ['{"key":"a"', 'not JSON'],
    ['null', 'not a JSON object'],
    ['"a"', 'not a JSON object'],
    ['[{"key":"a"}]', 'not a JSON object'],
    ['{}', 'neither `key`, nor `batch`, nor `range`'],
    ['{"key":""}', '`key`'],
    ['{"key":5}', '`key`'],
    ['{"key":null}', '`key`'],
    ['{"key":["a"]}', '`key`'],
    ['{"key":"a\\ud800"}', 'lone surrogate'],
    [`{"key":"${'ä'.repeat(512)}"}`, '1024 bytes'],
    ['{"key":"a","size":"5"}', '`size`'],
    ['{"key":"a","size":-1}', '`size`'],
    ['{"key":"a","size":1.5}', '`size`'],
    ['{"key":"a","size":9007199254740993}', '`size`'],
    ['{"key":"a","size":null}', '`size`'],
    ['{"key":"a","unknown":1}', '`unknown` is not a field'],
    ['{"key":"a","__proto__":{"size":1}}', '`__proto__` is not a field'],
    ['{"key":"a","attempt":-1}', '`attempt`'],
    ['{"key":"a","waits":10001}', '`waits`'],
    ['{"key":"a","backfill":"b"}', '`backfill` and `batch` go together'],
    ['{"key":"a","batch":"b"}', '`backfill` and `batch` go together'],
    ['{"key":"a","backfill":"../b","batch":"x"}', '`backfill`'],
    ['{"backfill":"b","range":""}', '`range`'],
    ['{"backfill":"b","range":"r","key":"a"}', '`key` is not a field'],
    ['{"backfill":"b","batch":"x","from":"a","to":"b","objects":[]}', '`objects`'],
    ['{"backfill":"b","batch":"x","from":"a","to":"b","objects":[{"key":"a"}]}', '`objects/0`'],
    ['{"backfill":"b","batch":"x","from":"a","to":"b","objects":[{"key":"a\\udc00","size":1}]}', 'lone surrogate'],
    ['{"Records":[{"eventSource":"aws:s3"}]}', 'neither `key`'],
    ['{"Src_bucket":"s","Src_key":"a","Des_bucket":"d","Des_key":"a","Size":1}', 'neither `key`'],
    ['{"source_bucket":"s","target_bucket":"t","keys":[]}', 'neither `key`'],
  ])('%s', (body, words) => {
    expect(() => parseMessage(body)).toThrow(
      expect.objectContaining({
        kind: 'permanent',
        code: 'malformed-message',
        message: expect.stringContaining(words),
      }),
    );
  });

  test('too many objects', () => {
    const objects = Array.from({ length: BATCH_MAX_OBJECTS + 1 }, (_, index) => object(index));
    expect(() => parseMessage(JSON.stringify({ ...batch, objects }))).toThrow('`objects`');
  });

  test('longer than SQS allows, without reading it', () => {
    expect(() => parseMessage(`${' '.repeat(SQS_MESSAGE_MAX_BYTES)}{"key":"a"}`)).toThrow('longer than');
  });

  test('by nothing but that error, whatever it is', () => {
    const hostile = fc.oneof(
      unicodeText({ maxLength: 20 }),
      fc.json(),
      fc.object().map(value => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(hostile, body => {
        try {
          parseMessage(body);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed-message' });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('quoting no more than its beginning, with nothing that could forge a line', () => {
    const body = `{"key":"\n\u001b[31m${'x'.repeat(5_000)}`;
    expect(() => parseMessage(body)).toThrow(/^[^\n\u001b]{0,400}$/);
  });
});
