// The destination's contract over real sockets. Runs on the stand-in, and with S3_TEST_ENDPOINT on a real server.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineCrc32, crc32 } from '../../shared/checksums/crc32.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { EMPTY, never, PLAIN, RECORD, startTestDestination } from './s3-destination-fixture.ts';

const signal = never;
const PART_BYTES = 5 * MEBIBYTE;

let server: Awaited<ReturnType<typeof startTestDestination>>;
beforeAll(async () => {
  server = await startTestDestination();
});
afterAll(() => server.close());

const put = (key: string, body: Buffer, more: Partial<Parameters<typeof server.destination.put>[0]> = {}) =>
  server.destination.put({ key, body, crc32: crc32(body), condition: EMPTY, description: PLAIN, signal, ...more });

describe('put and head', () => {
  const sizes = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * MEBIBYTE + 7];
  it.each(sizes)('stores %i bytes as they are, and reports them', async sizeBytes => {
    const key = `size/${sizeBytes}`;
    const body = randomBytes(sizeBytes);
    const { etag } = await put(key, body);
    expect(etag).toMatch(/^[0-9a-f]{32}$/);
    expect((await server.read(key)).equals(body)).toBe(true);
    expect(await server.destination.head(key, { signal })).toEqual({
      key,
      sizeBytes,
      etag,
      crc32: crc32(body),
      record: RECORD,
    });
  });

  it('reports a missing object as undefined', async () => {
    expect(await server.destination.head('nowhere', { signal })).toBeUndefined();
  });

  it('carries headers and metadata, whatever their characters', async () => {
    const description = {
      ...PLAIN,
      headers: {
        contentType: 'text/plain; charset=utf-8',
        cacheControl: 'no-cache,  max-age=0',
        contentEncoding: 'aws-chunked,gzip',
        contentLanguage: 'zh-CN',
        contentDisposition: 'attachment; filename="中.txt"',
        expires: 'Thu, 01 Dec 2044 16:00:00 GMT',
      },
      metadata: { plain: 'a  b', quotes: '"\'', 'bridge-etag': 'forged' },
    };
    await put('described', Buffer.from('x'), { description });
    const found = await server.look('described');
    expect(found).toMatchObject({
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache,  max-age=0',
      ContentEncoding: 'gzip',
      ContentLanguage: 'zh-CN',
      ContentDisposition: `attachment; filename="_.txt"; filename*=UTF-8''%E4%B8%AD.txt`,
      ExpiresString: 'Thu, 01 Dec 2044 16:00:00 GMT',
    });
    expect(found.Metadata).toMatchObject({ plain: 'a  b', quotes: '"\'', 'bridge-etag': RECORD.etag });
    expect(server.lines.join()).toContain('user metadata not carried over');
  });

  it('has no record of an object that somebody else wrote', async () => {
    await server.putForeign('foreign', 'theirs');
    const found = await server.destination.head('foreign', { signal });
    expect(found).toMatchObject({ sizeBytes: 6, record: undefined });
  });

  it('lets S3 refuse bytes that are not those of the checksum', async () => {
    const wrong = put('wrong-bytes', Buffer.from('x'), { crc32: 1 });
    await expect(wrong).rejects.toMatchObject({ code: 'destination-checksum-mismatch', kind: 'retryable' });
    expect(await server.destination.head('wrong-bytes', { signal })).toBeUndefined();
  });
});

describe('conditions', () => {
  it('creates only where nothing is', async () => {
    await put('create', Buffer.from('1'));
    await expect(put('create', Buffer.from('2'))).rejects.toMatchObject({ code: 'destination-changed' });
    expect((await server.read('create')).toString()).toBe('1');
  });

  it('replaces only what was seen', async () => {
    const { etag } = await put('replace', Buffer.from('1'));
    await put('replace', Buffer.from('2'), { condition: { kind: 'etag', etag } });
    const late = put('replace', Buffer.from('3'), { condition: { kind: 'etag', etag } });
    await expect(late).rejects.toMatchObject({ code: 'destination-changed', kind: 'retryable' });
    expect((await server.read('replace')).toString()).toBe('2');
  });

  it('does not bring back what was deleted meanwhile', async () => {
    const gone = put('never-there', Buffer.from('1'), { condition: { kind: 'etag', etag: '0'.repeat(32) } });
    await expect(gone).rejects.toMatchObject({ code: 'destination-changed' });
  });
});

describe('keys', () => {
  const keys = [
    'a//b',
    '+ %20%2B',
    'quotes"\'`<>&',
    'emoji \u{1F600} 中文',
    "!()*~-._:;,@$='",
    'query?x=1#fragment',
    'back\\slash|pipe^',
    'trailing/',
    // A server that keeps objects as files cannot have these.
    ...(process.env.S3_TEST_ENDPOINT === undefined
      ? [
          './a',
          'a/../b',
          '..',
          '/leading',
          '//',
          'x'.repeat(1024),
          '中'.repeat(341),
          '\uFFFE\uFFFF',
          'tab\t\u0001line\n',
        ]
      : ['x'.repeat(200)]),
  ];

  it.each(keys)('keeps %j as it is, in one piece and in parts', async key => {
    const body = Buffer.from(key.endsWith('/') && server.isReal ? '' : `body of ${key}`);
    const { etag } = await put(key, body);
    expect(await server.destination.head(key, { signal })).toMatchObject({ key, etag });
    expect((await server.read(key)).equals(body)).toBe(true);
    if (key.endsWith('/') && server.isReal) return;

    const upload = await server.destination.createUpload({ key, description: PLAIN, signal });
    expect(await server.destination.listUploads(key, { signal })).toMatchObject([upload]);
    const part = await server.destination.uploadPart({ upload, partNumber: 1, body, crc32: crc32(body), signal });
    expect(await server.destination.listParts(upload, { signal })).toEqual([part]);
    await server.destination.completeUpload({
      upload,
      parts: [part],
      sizeBytes: body.length,
      crc32: crc32(body),
      condition: { kind: 'etag', etag },
      signal,
    });
    expect(await server.destination.listUploads(key, { signal })).toEqual([]);
  });
});

describe('multipart uploads', () => {
  const large = [randomBytes(PART_BYTES), randomBytes(PART_BYTES), randomBytes(1234)];

  async function uploadAll(key: string, description = PLAIN, bodies = [Buffer.from('only part')]) {
    const upload = await server.destination.createUpload({ key, description, signal });
    const parts = await Promise.all(
      bodies.map((body, index) =>
        server.destination.uploadPart({ upload, partNumber: index + 1, body, crc32: crc32(body), signal }),
      ),
    );
    const sizeBytes = bodies.reduce((sum, body) => sum + body.length, 0);
    const wholeCrc = bodies.reduce((crc, body) => combineCrc32(crc, crc32(body), body.length), 0);
    return { upload, parts, sizeBytes, crc32: wholeCrc, condition: EMPTY, signal };
  }

  it('makes the object out of its parts, with its description, verified as a whole', async () => {
    const description = { ...PLAIN, headers: { contentType: 'video/mp4' }, metadata: { a: 'b' } };
    const request = await uploadAll('parts/whole', description, large);
    expect(request.parts.map(part => part.crc32)).toEqual(large.map(body => crc32(body)));
    expect(await server.destination.listParts(request.upload, { signal })).toEqual(request.parts);
    const { etag } = await server.destination.completeUpload(request);
    expect(etag).toMatch(/-3$/);
    expect((await server.read('parts/whole')).equals(Buffer.concat(large))).toBe(true);
    expect(await server.destination.head('parts/whole', { signal })).toEqual({
      key: 'parts/whole',
      sizeBytes: request.sizeBytes,
      etag,
      crc32: request.crc32,
      record: RECORD,
    });
    expect(await server.look('parts/whole')).toMatchObject({
      ContentType: 'video/mp4',
      Metadata: { a: 'b' },
      ChecksumType: 'FULL_OBJECT',
    });
  });

  it.each([
    ['checksum', { crc32: 1 }],
    ['size', { sizeBytes: 1 }],
  ])('refuses to complete with another %s', async (name, wrong) => {
    const request = await uploadAll(`parts/wrong-${name}`);
    const completing = server.destination.completeUpload({ ...request, ...wrong });
    await expect(completing).rejects.toMatchObject({ code: 'destination-checksum-mismatch', kind: 'retryable' });
    expect(await server.destination.head(request.upload.key, { signal })).toBeUndefined();
    await server.destination.abortUpload(request.upload, { signal });
  });

  it('refuses a part whose bytes are not those of its checksum, however often it is sent', async () => {
    const upload = await server.destination.createUpload({ key: 'parts/bad', description: PLAIN, signal });
    const part = server.destination.uploadPart({ upload, partNumber: 1, body: Buffer.from('x'), crc32: 1, signal });
    await expect(part).rejects.toMatchObject({ code: 'destination-checksum-mismatch' });
    expect(await server.destination.listParts(upload, { signal })).toEqual([]);
    await server.destination.abortUpload(upload, { signal });
  });

  it('completes only on its condition', async () => {
    await put('parts/there', Buffer.from('1'));
    const request = await uploadAll('parts/there');
    await expect(server.destination.completeUpload(request)).rejects.toMatchObject({ code: 'destination-changed' });
    expect((await server.read('parts/there')).toString()).toBe('1');
    await server.destination.abortUpload(request.upload, { signal });
  });

  it('says that a part is not there', async () => {
    const request = await uploadAll('parts/invalid');
    const other = request.parts.map(part => ({ ...part, etag: '0'.repeat(32) }));
    const completing = server.destination.completeUpload({ ...request, parts: other });
    await expect(completing).rejects.toMatchObject({ code: 'upload-part-invalid', kind: 'retryable' });
    await server.destination.abortUpload(request.upload, { signal });
  });

  it('aborts once and again, after which the upload is missing', async () => {
    const { upload, parts, ...rest } = await uploadAll('parts/aborted');
    await server.destination.abortUpload(upload, { signal });
    await server.destination.abortUpload(upload, { signal });
    const missing = { code: 'upload-missing', kind: 'retryable' };
    const body = Buffer.from('x');
    await expect(server.destination.listParts(upload, { signal })).rejects.toMatchObject(missing);
    await expect(server.destination.completeUpload({ upload, parts, ...rest })).rejects.toMatchObject(missing);
    const late = server.destination.uploadPart({ upload, partNumber: 1, body, crc32: crc32(body), signal });
    await expect(late).rejects.toMatchObject(missing);
  });

  it('lists the uploads of exactly one key', async () => {
    const create = (key: string) => server.destination.createUpload({ key, description: PLAIN, signal });
    const uploads = [await create('list/a'), await create('list/a')];
    const others = [await create('list/a '), await create('list/ab'), await create('list/A')];
    const found = await server.destination.listUploads('list/a', { signal });
    expect(found.map(({ uploadId }) => uploadId).sort()).toEqual(uploads.map(({ uploadId }) => uploadId).sort());
    for (const { initiatedAt } of found) expect(Math.abs(Date.now() - initiatedAt.getTime())).toBeLessThan(60_000);
    await Promise.all([...uploads, ...others].map(upload => server.destination.abortUpload(upload, { signal })));
    expect(await server.destination.listUploads('list/a', { signal })).toEqual([]);
  });
});

describe('the mark of our uploads', () => {
  it('is what the listing shows of their checksum; other tools leave another', async ({ skip }) => {
    skip(server.isReal, 'a server that is not S3 may not list checksums');
    const ours = await server.destination.createUpload({ key: 'mark/a', description: PLAIN, signal });
    const other = await server.createForeignUpload('mark/a');
    const found = await server.destination.listUploads('mark/a', { signal });
    const marks = new Map(found.map(({ uploadId, hasOurMark }) => [uploadId, hasOurMark]));
    expect(marks).toEqual(
      new Map([
        [ours.uploadId, true],
        [other, false],
      ]),
    );
    for (const { uploadId } of found) await server.destination.abortUpload({ key: 'mark/a', uploadId }, { signal });
  });
});

describe('probe', () => {
  it('passes on a server that enforces conditions and checksums, and leaves nothing', async () => {
    await server.destination.probe({ signal });
    expect(server.lines.join()).not.toContain('probe object');
  });

  it.each([
    ['region', { region: 'eu-west-1' }, 'destination-region'],
    ['secret', { credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'wrong' } }, 'destination-credentials'],
    ['bucket', { bucket: 'no-such-bucket-anywhere' }, 'destination-bucket-missing'],
  ])('fails for good with the wrong %s', async (_name, options, code) => {
    const given =
      server.isReal && 'credentials' in options
        ? { credentials: { ...server.credentials, secretAccessKey: 'wrong' } }
        : options;
    const failing = server.open(given).probe({ signal });
    await expect(failing).rejects.toMatchObject({ kind: 'permanent', code });
  });
});
