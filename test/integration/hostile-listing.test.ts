// A listing that lies: on purpose, or because something between us and OSS is broken. It is refused with a reason, in bounded time and memory; never
// believed, never followed for ever.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ListedPage } from '../../aws-worker/backfill/source-listing.ts';
import { type Fault, type Harness, startHarness } from './oss-source-harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

interface PageOptions {
  readonly name?: string;
  readonly prefix?: string;
  readonly keyCount?: number;
  readonly isTruncated?: boolean;
  readonly token?: string;
  readonly etag?: string;
  readonly more?: string;
  readonly encoding?: string;
}

function xmlOf(keys: readonly string[], options: PageOptions = {}): string {
  const {
    name = 'source-bucket',
    prefix = '',
    keyCount = keys.length,
    isTruncated = false,
    token,
    more = '',
  } = options;
  const { etag = 'E', encoding = '<EncodingType>url</EncodingType>' } = options;
  const contents = keys.map(
    key =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2026-11-03T10:00:00.000Z</LastModified><ETag>"${etag}"</ETag><Type>Normal</Type><Size>1</Size><StorageClass>Standard</StorageClass></Contents>`,
  );
  const next = token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${name}</Name><Prefix>${prefix}</Prefix><MaxKeys>1000</MaxKeys><Delimiter></Delimiter><IsTruncated>${isTruncated}</IsTruncated>${encoding}<KeyCount>${keyCount}</KeyCount>${next}${contents.join('')}${more}</ListBucketResult>`;
}

/** Every request from now on is answered so. */
function alwaysAnswer(body: (request: number) => string | Buffer): { readonly requests: () => number } {
  let requests = 0;
  const fault: Fault = ({ response }) => {
    harness.faults.push(fault);
    response.writeHead(200, { 'content-type': 'application/xml' }).end(body(requests++));
    return true;
  };
  harness.faults.push(fault);
  return { requests: () => requests };
}

function list(prefix = '', startAfter = '', limit = 1_000): Promise<ListedPage> {
  const listing = harness.listing({ retry: { attempts: 2, baseMilliseconds: 1 }, maxEmptyPages: 50 });
  return listing.list({ prefix, startAfter, limit, signal: harness.signal });
}

describe('what may be believed', () => {
  test('is a page like that of OSS, which the lies below differ from in one place', async () => {
    alwaysAnswer(() => xmlOf(['a', 'b']));
    expect((await list()).objects.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('is a page with the longest keys and many elements', async () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `${'中'.repeat(339)}${String(index).padStart(4, '0')}`);
    const owner =
      '<Owner><ID>1</ID><DisplayName>1</DisplayName></Owner><RestoreInfo>ongoing-request="true"</RestoreInfo>';
    alwaysAnswer(() => xmlOf(keys).replaceAll('</Contents>', `${owner}</Contents>`));
    expect((await list()).objects).toHaveLength(1_000);
  });
});

describe('tokens that lead nowhere', () => {
  test.each<[string, (request: number) => string]>([
    ['the same one for ever', () => 'token'],
    ['two that lead to each other', request => `token${request % 2}`],
    ['many in a circle', request => `token${request % 20}`],
  ])('end in an error at the first repetition: %s', async (_name, token) => {
    const { requests } = alwaysAnswer(request => xmlOf([], { isTruncated: true, token: token(request) }));
    await expect(list()).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
    expect(requests()).toBeLessThanOrEqual(21);
  });

  test('end in an error when there is always another, and none brings a key', async () => {
    const { requests } = alwaysAnswer(request => xmlOf([], { isTruncated: true, token: `token${request}` }));
    await expect(list()).rejects.toMatchObject({ kind: 'permanent', code: 'listing-endless' });
    expect(requests()).toBe(51);
  });

  test('are not needed where a page has keys: the last of them leads on', async () => {
    alwaysAnswer(request => xmlOf([`k${request}`], { isTruncated: true, token: 'same' }));
    expect(await list()).toMatchObject({ isTruncated: true });
    expect(await list('', 'k0')).toMatchObject({ isTruncated: true });
  });
});

describe('a page that is not of what was asked', () => {
  test.each([
    ['is of another bucket', xmlOf(['a'], { name: 'other-bucket' }), 'listing-other-bucket'],
    ['has a key that OSS cannot hold: too long', xmlOf(['k'.repeat(1_024)]), 'listing-impossible-key'],
    ['has a key outside its prefix', xmlOf(['a']), 'listing-unordered', 'p/'],
    ['has keys from before its start', xmlOf(['p/a']), 'listing-unordered', 'p/', 'p/b'],
    ['repeats a key', xmlOf(['a', 'a']), 'listing-unordered'],
    ['is in another order', xmlOf(['b', 'a']), 'listing-unordered'],
  ])('pauses the backfill: it %s', async (_name, xml, code, prefix = '', startAfter = '') => {
    alwaysAnswer(() => xml);
    await expect(list(prefix, startAfter)).rejects.toMatchObject({ kind: 'permanent', code });
  });

  test.each([
    ['lacks keys that it counts', xmlOf(['a'], { keyCount: 2 })],
    ['has more keys than it counts', xmlOf(['a', 'b'], { keyCount: 1 })],
    ['has an ETag that is a book', xmlOf(['a'], { etag: 'e'.repeat(300) })],
    ['says nothing of its encoding', xmlOf(['a'], { encoding: '' })],
    ['is encoded in another way', xmlOf(['a'], { encoding: '<EncodingType>base64</EncodingType>' })],
    ['has a second list in it', xmlOf(['a'], { more: xmlOf(['b']) })],
    [
      'has keys in another element',
      xmlOf([], { more: '<Hidden><Contents><Key>a</Key><Size>1</Size></Contents></Hidden>', keyCount: 1 }),
    ],
    [
      'has no keys but prefixes',
      xmlOf([], { more: '<CommonPrefixes><Prefix>a%2F</Prefix></CommonPrefixes>', keyCount: 1 }),
    ],
  ])('is tried again, with a reason: it %s', async (_name, xml) => {
    alwaysAnswer(() => xml);
    await expect(list()).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
  });
});

const LAUGHS = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join(
  '',
);
const MILLION = 1_000_000;

describe('a document that means harm', () => {
  const MAX_MILLISECONDS = 5_000;

  test.each([
    ['entities that grow', `<!DOCTYPE x [<!ENTITY l0 "ha">${LAUGHS}]>${xmlOf(['a'], { more: '<x>&l9;</x>' })}`],
    ['an entity of its own', `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "a">]>${xmlOf(['a'], { more: '&e;' })}`],
    [
      'a file of this machine',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xmlOf(['a'], { more: '<x>&e;</x>' })}`,
    ],
    ['elements in each other', xmlOf(['a'], { more: `${'<a>'.repeat(300_000)}${'</a>'.repeat(300_000)}` })],
    ['a million elements', xmlOf(['a'], { more: '<a/>'.repeat(MILLION) })],
    [
      'a million attributes',
      xmlOf(['a'], { more: `<a ${Array.from({ length: MILLION / 4 }, (_, at) => `a${at}="1"`).join(' ')}/>` }),
    ],
    ['a million objects', xmlOf([], { more: '<Contents><Size>1</Size></Contents>'.repeat(MILLION / 10) })],
    ['one long name', xmlOf(['a'], { more: `<${'a'.repeat(MILLION)}/>` })],
    ['text without end', xmlOf(['a'], { more: 'x'.repeat(20 * MILLION) })],
    ['nothing but openings', `<ListBucketResult>${'<'.repeat(5 * MILLION)}`],
    ['bytes that are no text', Buffer.alloc(100_000, 0xff)],
    ['NULs', Buffer.alloc(100_000)],
  ])('is refused before it is built, and soon: %s', async (_name, body) => {
    alwaysAnswer(() => body);
    const startedAt = performance.now();
    await expect(list()).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
    expect(performance.now() - startedAt).toBeLessThan(MAX_MILLISECONDS);
  });

  test('is not read to its end when it has none', async () => {
    let sentBytes = 0;
    const chunk = Buffer.alloc(1 << 20, 'x');
    const endless: Fault = ({ response }) => {
      harness.faults.push(endless);
      response.writeHead(200, { 'content-type': 'application/xml' });
      const send = () => {
        while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
        if (!response.destroyed) response.once('drain', send);
      };
      send();
      return true;
    };
    harness.faults.push(endless);
    await expect(list()).rejects.toMatchObject({ code: 'source-bad-answer' });
    // Two tries of at most 8 MiB, and what sockets hold.
    expect(sentBytes).toBeLessThan(48 << 20);
  });

  test('is not waited for when it comes a byte at a time', async () => {
    const drip: Fault = ({ response }) => {
      harness.faults.push(drip);
      response.writeHead(200, { 'content-type': 'application/xml' });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    harness.faults.push(drip);
    const listing = harness.listing({
      retry: { attempts: 1, baseMilliseconds: 1 },
      timeouts: { bodyMilliseconds: 5_000, documentMilliseconds: 200 },
    });
    const page = listing.list({ prefix: '', startAfter: '', limit: 10, signal: harness.signal });
    await expect(page).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
  });
});
