// The local OSS as the vendor's own SDK sees it, with both of its signatures.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { type LocalOss, startLocalOss } from './local-oss-fixture.ts';

/** What the SDK can do and its types don't say. */
interface UntypedMethods {
  /** Its public namesake takes files only. */
  _uploadPart(name: string, id: string, part: number, data: object): Promise<{ etag: string }>;
  putObjectTagging(name: string, tags: Record<string, string>): Promise<unknown>;
  getObjectTagging(name: string): Promise<{ tag: Record<string, string> }>;
  deleteObjectTagging(name: string): Promise<unknown>;
}

const ODD_KEYS = [
  'plain.txt',
  'a b+c%20d&e=f?g#h',
  '中文/ключ/😀.bin',
  "it's (1)*!~.txt",
  'dir/',
  'double//slash',
  '\u0001control',
];

describe.each([
  { name: 'signature version 1', authorizationV4: false },
  { name: 'signature version 4', authorizationV4: true },
])('ali-oss with $name', ({ authorizationV4 }) => {
  let oss: LocalOss;
  beforeAll(async () => {
    oss = await startLocalOss();
  });
  afterAll(() => oss.close());
  const client = () => oss.client({ authorizationV4 });
  const sdk = () => client() as unknown as UntypedMethods;

  it.each(ODD_KEYS)('puts, gets, heads and deletes the key %j', async key => {
    const content = Buffer.from(`content of ${key}`);
    await client().put(key, content, { meta: { year: 2026, people: 'mary' } as never });
    const got = await client().get(key);
    expect(got.content).toEqual(content);
    expect(Object(got.res.headers)).toMatchObject({
      etag: `"${createHash('md5').update(content).digest('hex').toUpperCase()}"`,
      'x-oss-hash-crc64ecma': String(crc64(content)),
      'x-oss-object-type': 'Normal',
      'x-oss-storage-class': 'Standard',
      'content-md5': createHash('md5').update(content).digest('base64'),
    });
    const head = await client().head(key);
    expect(head.meta).toEqual({ year: '2026', people: 'mary' });
    await client().delete(key);
    await expect(client().get(key)).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' });
  });

  it('puts a stream of unknown length', async () => {
    const content = Buffer.alloc(300_000, 'stream');
    await client().putStream('streamed', Readable.from([content.subarray(0, 1), content.subarray(1)]));
    expect(content.equals((await client().get('streamed')).content)).toBe(true);
  });

  it('uploads in parts and answers with the checksum of the whole', async () => {
    const content = Buffer.alloc(250_000, 'part');
    const { uploadId } = await client().initMultipartUpload('large.bin');
    const cuts = [0, 102_400, 204_800, content.length];
    const parts = [];
    for (const number of [1, 2, 3]) {
      const bytes = content.subarray(cuts[number - 1], cuts[number]);
      const { etag } = await sdk()._uploadPart('large.bin', uploadId, number, {
        stream: Readable.from([bytes]),
        size: bytes.length,
      });
      parts.push({ number, etag });
    }
    const listed = await client().listParts('large.bin', uploadId, { 'max-parts': 10 } as never, {});
    expect(Object(listed).parts).toHaveLength(3);
    await client().completeMultipartUpload('large.bin', uploadId, parts);
    const { res, content: read } = await client().get('large.bin');
    expect(content.equals(read)).toBe(true);
    expect(Object(res.headers)['x-oss-hash-crc64ecma']).toBe(String(crc64(content)));
    expect(Object(res.headers).etag).toMatch(/^"[0-9A-F]{32}-3"$/);
    expect(Object(res.headers)['content-md5']).toBeUndefined();
    expect(Object(res.headers)['x-oss-object-type']).toBe('Multipart');
  });

  it('appends at the end and nowhere else', async () => {
    const first = await client().append('log', Buffer.from('one'));
    expect(first.nextAppendPosition).toBe('3');
    await client().append('log', Buffer.from('two'), { position: '3' });
    await expect(client().append('log', Buffer.from('x'), { position: '3' })).rejects.toMatchObject({
      status: 409,
      code: 'PositionNotEqualToLength',
    });
    const { content, res } = await client().get('log');
    expect(String(content)).toBe('onetwo');
    expect(Object(res.headers)).toMatchObject({
      'x-oss-hash-crc64ecma': String(crc64(Buffer.from('onetwo'))),
      'x-oss-next-append-position': '6',
      'x-oss-object-type': 'Appendable',
    });
  });

  it('lists all keys once, in the order of their UTF-8 bytes, page by page', async () => {
    const keys = ['list/\uff5e', 'list/😀', 'list/a', 'list/a/1', 'list/a/2', 'list/b', 'list/ü'];
    for (const key of keys) await client().put(key, Buffer.from('x'));
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const query = { prefix: 'list/', 'max-keys': '2', 'encoding-type': 'url' as const };
      const page = await client().listV2(token === undefined ? query : { ...query, 'continuation-token': token }, {});
      seen.push(...(page.objects ?? []).map(object => decodeURIComponent(object.name)));
      token = Object(page).nextContinuationToken ?? undefined;
    } while (token !== undefined);
    expect(seen).toEqual(sorted);
    const grouped = await client().list({ prefix: 'list/', delimiter: '/', 'max-keys': 1000 }, {});
    expect(grouped.prefixes).toEqual(['list/a/']);
    expect(grouped.objects.map(object => object.name)).toEqual(sorted.filter(key => !key.startsWith('list/a/')));
  });

  it('tags, links and copies', async () => {
    await client().put('original', Buffer.from('bytes'), { headers: { 'x-oss-tagging': 'a=1' } });
    await sdk().putObjectTagging('original', { team: 'x + y', 'k/+:': '=1' });
    expect((await sdk().getObjectTagging('original')).tag).toEqual({ team: 'x + y', 'k/+:': '=1' });
    await client().putSymlink('link', 'original', {} as never);
    const link = await client().get('link');
    expect(String(link.content)).toBe('bytes');
    expect(Object(link.res.headers)['x-oss-object-type']).toBe('Symlink');
    expect((await client().getSymlink('link')).targetName).toBe('original');
    await client().copy('copy/中文', 'original');
    await client().putMeta('copy/中文', { changed: 'yes' } as never, {});
    expect((await client().head('copy/中文')).meta).toEqual({ changed: 'yes' });
    await sdk().deleteObjectTagging('original');
    expect((await sdk().getObjectTagging('original')).tag).toEqual({});
  });

  it('deletes many, names with markup included', async () => {
    const names = ['many/<1>&"2"', "many/'3'", 'many/missing'];
    for (const name of names.slice(0, 2)) await client().put(name, Buffer.from('x'));
    const { deleted } = await client().deleteMulti(names);
    expect((deleted ?? []).map(item => Object(item).Key ?? item)).toEqual(names);
    expect((await client().listV2({ prefix: 'many/', 'max-keys': '10' }, {})).objects).toEqual([]);
  });

  it('refuses a wrong secret and an unknown key id', async () => {
    const wrongSecret = oss.client({ authorizationV4, accessKeySecret: 'wrong' });
    await expect(wrongSecret.get('plain.txt')).rejects.toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    const unknown = oss.client({ authorizationV4, accessKeyId: 'LTAIother' });
    await expect(unknown.get('plain.txt')).rejects.toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
    await expect(unknown.head('plain.txt')).rejects.toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
  });

  it('tells the SDK about its bucket', async () => {
    const { bucket } = await client().getBucketInfo('source-bucket');
    expect(Object(bucket).Location).toBe('oss-cn-hangzhou');
    expect((await client().getBucketLocation('source-bucket')).location).toBe('oss-cn-hangzhou');
    const elsewhere = oss.client({ authorizationV4, bucket: 'no-such-bucket' });
    await expect(elsewhere.get('x')).rejects.toMatchObject({ status: 404, code: 'NoSuchBucket' });
  });
});
