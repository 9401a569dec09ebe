import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SourceListing } from '../../aws-worker/backfill/source-listing.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import {
  breakConnection,
  CREDENTIALS,
  type Fault,
  fail,
  type Harness,
  startHarness,
  withHeaders,
} from './oss-source-harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const KEYS = [
  'a',
  'a b',
  'a+b',
  'a%2Bb',
  'a%b',
  'a&b<c>"d\'',
  'a/../b',
  'a//b',
  'dir/',
  ' leading and trailing ',
  'controls\u0001\u0008\t\n\r\u007f',
  'edge\ufffe\uffff',
  '\uff5e',
  '😀',
  '中文',
  '\u{10ffff}',
  'e\u0301',
  'é',
  'x'.repeat(1023),
];

async function listAll(listing: SourceListing, limit: number, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const page = await listing.list({ prefix, startAfter: keys.at(-1) ?? '', limit, signal: harness.signal });
    keys.push(...page.objects.map(({ key }) => key));
    if (!page.isTruncated) return keys;
  }
}

describe('a listing', () => {
  test.each([1, 3, 1000])('has every key as it is, once, by UTF-8 bytes, in pages of %i', async limit => {
    for (const key of KEYS) await harness.put(key, key);
    expect(await listAll(harness.listing(), limit)).toEqual([...KEYS].sort(compareUtf8));
  });

  test.each(['a', 'a%', 'a+', '中', '😀', ' ', 'controls\u0001', 'none'])('keeps to the prefix %j', async prefix => {
    for (const key of KEYS) await harness.put(key);
    const expected = KEYS.filter(key => key.startsWith(prefix)).sort(compareUtf8);
    expect(await listAll(harness.listing(), 2, prefix)).toEqual(expected);
  });

  test('says what is known of an object', async () => {
    const { etag, lastModified } = await harness.put('k', 'hello', {
      attributes: { 'storage-class': 'IA', type: 'Multipart' },
    });
    const page = await harness.listing().list({ prefix: '', startAfter: '', limit: 1, signal: harness.signal });
    expect(page).toEqual({
      objects: [
        {
          key: 'k',
          sizeBytes: 5,
          etag,
          lastModified: new Date(Math.floor(lastModified.getTime() / 1000) * 1000),
          storageClass: 'IA',
          type: 'Multipart',
        },
      ],
      isTruncated: false,
    });
  });

  test('of an empty bucket is empty', async () => {
    expect(await listAll(harness.listing(), 1000)).toEqual([]);
  });

  test('goes on by the token after a page that is truncated and empty', async () => {
    await harness.put('k');
    harness.faults.push(
      page([], { isTruncated: true, more: '<NextContinuationToken>PmE%2D--</NextContinuationToken>' }),
    );
    const listing = harness.listing();
    const { objects } = await listing.list({ prefix: '', startAfter: 'a', limit: 1, signal: harness.signal });
    expect(objects.map(({ key }) => key)).toEqual(['k']);
    expect(harness.requests[1]?.request.url).toContain('continuation-token=PmE---');
  });

  test.each([0, 1001, 1.5])('of %d keys a page cannot be asked for', async limit => {
    await expect(harness.listing().list({ prefix: '', startAfter: '', limit, signal: harness.signal })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('a listing is refused', () => {
  const list = (prefix = '', startAfter = '') =>
    harness.listing().list({ prefix, startAfter, limit: 10, signal: harness.signal });

  test.each([
    ['descends', ['b', 'a'], '', ''],
    ['repeats a key', ['a', 'a'], '', ''],
    ['is in the order of UTF-16', ['😀', '～'], '', ''],
    ['begins where it should begin after', ['a'], '', 'a'],
    ['leaves its prefix', ['pa', 'q'], 'p', ''],
  ])('when it %s', async (_name, keys, prefix, startAfter) => {
    harness.faults.push(page(keys.map(encodeURIComponent)));
    await expect(list(prefix, startAfter)).rejects.toMatchObject({ kind: 'permanent', code: 'listing-unordered' });
  });

  test.each(['a+b', '%E4%B8', '%zz'])('when it has %j for a key', async encoded => {
    harness.faults.push(page([encoded]));
    await expect(list()).rejects.toMatchObject({ kind: 'permanent', code: 'listing-undecodable' });
  });

  test.each([
    ['has keys that are not encoded', page(['a'], { encoding: '' })],
    ['is cut short', page(['a'], { tail: '<Conte' })],
    ['is no XML', answer('<EncodingType>url</EncodingType> &&& <<<')],
    ['is a page for people', answer('<html><body>Welcome</body></html>')],
    ['says nothing', answer('')],
    [
      'does not say whether there is more',
      answer('<ListBucketResult><EncodingType>url</EncodingType></ListBucketResult>'),
    ],
    ['has an object without a size', page(['a'], { size: '' })],
    ['has an object with a size that is no number', page(['a'], { size: 'five' })],
    ['has more keys than were asked', page(Array.from('abcdefghijklm'))],
    ['is truncated without a token or a key', page([], { isTruncated: true })],
  ])('after a repeat, when it %s', async (_name, fault) => {
    await harness.put('k');
    harness.faults.push(fault, fault, fault, fault);
    await expect(list()).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
  });

  test("when it is a cache's", async () => {
    harness.faults.push(withHeaders({ age: '3' }));
    await expect(list()).rejects.toMatchObject({ kind: 'permanent', code: 'source-cached' });
  });

  test.each([
    ['the bucket is missing', { bucket: 'other-bucket' }, 'source-bucket-missing'],
    [
      'the secret is wrong',
      { credentials: async () => ({ ...CREDENTIALS, accessKeySecret: 'wrong' }) },
      'source-credentials',
    ],
    ['the clock is off', { now: () => Date.now() - 3_600_000 }, 'source-clock-skew'],
    ['the region is another', { region: 'cn-shanghai' }, 'source-wrong-region'],
    ['the bucket has no possible name', { bucket: 'B' }, 'oss-bucket-invalid'],
  ])('when %s', async (_name, overrides, code) => {
    const listing = harness.listing(overrides);
    await expect(listing.list({ prefix: '', startAfter: '', limit: 1, signal: harness.signal })).rejects.toMatchObject({
      kind: 'permanent',
      code,
    });
  });
});

describe('a listing goes on', () => {
  test('after throttling and a broken connection', async () => {
    await harness.put('k');
    harness.faults.push(fail(503, 'MetaOperationQpsLimitExceeded'), breakConnection);
    expect(await listAll(harness.listing(), 10)).toEqual(['k']);
  });

  test('with renewed credentials, and says nothing on the console', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const credentials = { ...CREDENTIALS, securityToken: 'token+/=' };
    const other = await startHarness({ credentials });
    try {
      await other.put('k');
      const given = [{ ...credentials, securityToken: 'expired' }];
      const listing = other.listing({ credentials: async () => given.shift() ?? credentials });
      const { objects } = await listing.list({ prefix: '', startAfter: '', limit: 1, signal: other.signal });
      expect(objects).toHaveLength(1);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
      await other.close();
    }
  });

  test('not after an abort', async () => {
    const controller = new AbortController();
    harness.faults.push(() => {
      setImmediate(() => controller.abort());
      return true;
    });
    const listing = harness.listing().list({ prefix: '', startAfter: '', limit: 1, signal: controller.signal });
    await expect(listing).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

function page(
  keys: readonly string[],
  options: { isTruncated?: boolean; encoding?: string; size?: string; tail?: string; more?: string } = {},
): Fault {
  const { isTruncated = false, encoding = '<EncodingType>url</EncodingType>', size = '1', more = '' } = options;
  const contents = keys.map(
    key =>
      `<Contents><Key>${key}</Key><LastModified>2026-11-03T10:00:00.000Z</LastModified><ETag>"E"</ETag><Type>Normal</Type><Size>${size}</Size></Contents>`,
  );
  const tail = options.tail ?? '</ListBucketResult>';
  return answer(
    `<?xml version="1.0"?><ListBucketResult>${encoding}<IsTruncated>${isTruncated}</IsTruncated>${more}${contents.join('')}${tail}`,
  );
}

function answer(body: string): Fault {
  return ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/xml' }).end(body);
    return true;
  };
}
