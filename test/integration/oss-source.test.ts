import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { bytesOf, fail, type Harness, readAll, startHarness, withHeaders } from './oss-source-harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const NASTY_KEYS = [
  'plain.txt',
  'a/b/c',
  'a//b',
  'a/./b',
  'a/../b',
  '..',
  '.',
  'dir/',
  'a b+c%20d%2Fe',
  'quotes\'"(!*)~',
  'query?a=1&b=2#c',
  '中文/😀',
  'controls\u0001\t\n\r\u007f',
  'edge\ufffe\uffff\u{10ffff}',
  'back\\slash',
  '%',
  '%00',
  'x'.repeat(1023),
];

describe('keys', () => {
  test.each(NASTY_KEYS)('%j is asked for as it is', async key => {
    await harness.put(key, `body of ${key}`, { tags: { a: '1' } });
    const source = harness.source();
    const { signal } = harness;
    expect(await source.head(key, { signal })).toMatchObject({ key, tagCount: 1 });
    expect((await readAll(await source.open(key, { signal }))).toString()).toBe(`body of ${key}`);
    expect(await source.tags(key, { signal })).toEqual({ a: '1' });
  });

  test.each(['', 'lone\ud800surrogate', 'x'.repeat(1024)])(
    'that cannot exist are refused without a request (%#)',
    async key => {
      await expect(harness.source().head(key, harness)).rejects.toMatchObject({
        kind: 'permanent',
        code: 'key-invalid',
      });
      expect(harness.requests).toHaveLength(0);
    },
  );
});

describe('an object', () => {
  test('has all that OSS says of it, the same by HEAD and GET', async () => {
    await harness.put('k', 'hello', {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'max-age=1',
        'content-encoding': 'gzip',
        'content-language': 'de',
        'content-disposition': 'inline; filename="ä.txt"',
        expires: 'Tue, 03 Nov 2026 10:00:00 GMT',
      },
      metadata: { plain: 'a', unicode: '中文 😀', encoded: '%E4%B8%AD' },
      tags: { a: '1', b: '' },
      attributes: { 'storage-class': 'IA' },
    });
    const source = harness.source();
    const head = await source.head('k', harness);
    expect(head).toMatchObject({
      key: 'k',
      sizeBytes: 5,
      etag: '5D41402ABC4B2A76B9719D911017C592',
      crc64: crc64(Buffer.from('hello')),
      type: 'Normal',
      headers: {
        contentType: 'text/plain; charset=utf-8',
        cacheControl: 'max-age=1',
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        contentDisposition: 'inline; filename="ä.txt"',
        expires: 'Tue, 03 Nov 2026 10:00:00 GMT',
      },
      metadata: { plain: 'a', unicode: '中文 😀', encoded: '%E4%B8%AD' },
      tagCount: 2,
      storageClass: 'IA',
    });
    const opened = await source.open('k', harness);
    expect(opened?.object).toEqual(head);
    expect((await readAll(opened)).toString()).toBe('hello');
    expect(await source.tags('k', harness)).toEqual({ a: '1', b: '' });
  });

  test('that is empty is read', async () => {
    await harness.put('k');
    expect(await readAll(await harness.source().open('k', harness))).toHaveLength(0);
  });

  test('is read in many pieces, in order', async () => {
    const body = bytesOf(3_000_000);
    await harness.put('k', body);
    expect((await readAll(await harness.source().open('k', harness))).equals(body)).toBe(true);
  });

  test('that is a symlink has the size and the checksum of its target', async () => {
    await harness.put('target', 'hello');
    await harness.put('link', '', { attributes: { type: 'Symlink', 'symlink-target': 'target' } });
    const source = harness.source();
    expect(await source.head('link', harness)).toMatchObject({ type: 'Symlink', sizeBytes: 5 });
    expect((await readAll(await source.open('link', harness))).toString()).toBe('hello');
  });

  test('is never asked for compressed', async () => {
    await harness.put('k', 'x'.repeat(5000), { headers: { 'content-type': 'text/plain' } });
    await readAll(await harness.source().open('k', harness));
    expect(harness.requests[0]?.request.headers['accept-encoding']).toBe('identity');
  });
});

describe('what is not there', () => {
  test('is undefined, whichever way it is asked for', async () => {
    const source = harness.source();
    expect(await source.head('k', harness)).toBeUndefined();
    expect(await source.open('k', harness)).toBeUndefined();
    expect(await source.tags('k', harness)).toBeUndefined();
  });

  test('is undefined for a symlink to nothing', async () => {
    await harness.put('link', '', { attributes: { type: 'Symlink', 'symlink-target': 'gone' } });
    const source = harness.source();
    expect(await source.head('link', harness)).toBeUndefined();
    expect(await source.open('link', harness)).toBeUndefined();
  });

  test('is undefined for a delete marker', async () => {
    harness.faults.push(fail(404, 'NoSuchKey', { 'x-oss-delete-marker': 'true' }));
    expect(await harness.source().open('k', harness)).toBeUndefined();
  });

  test.each(['head', 'open', 'tags'] as const)('is an error when it is the bucket (%s)', async name => {
    const source = harness.source({ bucket: 'other-bucket' });
    await expect(source[name]('k', harness)).rejects.toMatchObject({
      kind: 'permanent',
      code: 'source-bucket-missing',
    });
  });

  test('is told from a missing bucket by a GET, when a HEAD does not say which', async () => {
    const source = harness.source();
    harness.faults.push(fail(404, 'unsaid'), fail(404, 'NoSuchBucket'));
    await expect(source.head('k', harness)).rejects.toMatchObject({ code: 'source-bucket-missing' });
    harness.faults.push(fail(404, 'unsaid'), fail(404, 'NoSuchKey'));
    expect(await source.head('k', harness)).toBeUndefined();
  });

  test('is looked at again when the HEAD says no and the GET says yes', async () => {
    await harness.put('k', 'hello');
    harness.faults.push(fail(404, 'unsaid'));
    expect(await harness.source().head('k', harness)).toMatchObject({ sizeBytes: 5 });
    expect(harness.requests.map(({ operation }) => operation)).toEqual(['HeadObject', 'GetObject', 'HeadObject']);
  });
});

describe('ranges', () => {
  const body = bytesOf(100_000);

  test('give their bytes and the whole size, pinned or not', async () => {
    const { etag } = await harness.put('k', body);
    const range = { start: 1000, end: 70_000 };
    const opened = await harness.source().open('k', { signal: harness.signal, range, ifMatch: etag });
    expect(opened?.lengthBytes).toBe(69_000);
    expect(opened?.object).toMatchObject({ sizeBytes: 100_000, crc64: crc64(body) });
    expect((await readAll(opened)).equals(body.subarray(1000, 70_000))).toBe(true);
  });

  test.each([
    ['of another version', { ifMatch: 'ANOTHER' }],
    ['beyond the end', { range: { start: 100_000, end: 100_001 } }],
    ['across the end', { range: { start: 99_999, end: 100_001 } }],
  ])('%s have changed', async (_name, read) => {
    await harness.put('k', body);
    const opening = harness.source().open('k', { signal: harness.signal, ...read });
    await expect(opening).rejects.toMatchObject({ kind: 'retryable', code: 'source-changed' });
    expect(harness.requests).toHaveLength(1);
  });

  test('with a wrong Content-Range are asked for again, then refused', async () => {
    await harness.put('k', body);
    const wrong = withHeaders({ 'content-range': 'bytes 1-10/100000' });
    const read = { signal: harness.signal, range: { start: 0, end: 10 } };
    const source = harness.source();
    harness.faults.push(wrong);
    expect(await readAll(await source.open('k', read))).toHaveLength(10);
    harness.faults.push(wrong, wrong, wrong, wrong);
    await expect(source.open('k', read)).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
  });
});
