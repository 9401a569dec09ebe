// What the local OSS does on writes: checks, multipart rules, copies, and the events that it fires.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OssExchange } from '../../local/oss/oss-server.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { BUCKET, codeOf, elementOf, type LocalOss, startLocalOss } from './local-oss-fixture.ts';

const PART = Buffer.alloc(102_400, 'p');

let oss: LocalOss;
let intercept: ((exchange: OssExchange) => void) | undefined;
beforeEach(async () => {
  intercept = undefined;
  oss = await startLocalOss({
    intercept: exchange => {
      intercept?.(exchange);
      return false;
    },
  });
});
afterEach(() => oss.close());

const put = (key: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  oss.send({ method: 'PUT', key, body, headers });
const md5 = (body: string | Buffer) => createHash('md5').update(body).digest();

async function initiate(key: string): Promise<string> {
  const answer = await oss.send({ method: 'POST', key, query: { uploads: '' }, headers: { 'x-oss-meta-a': 'b' } });
  return elementOf(answer, 'UploadId') ?? '';
}

async function uploadPart(key: string, uploadId: string, partNumber: number, body: Buffer) {
  return oss.send({ method: 'PUT', key, query: { uploadId, partNumber: String(partNumber) }, body });
}

function complete(key: string, uploadId: string, parts: readonly (readonly [number, string])[]) {
  const list = parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
  const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
  return oss.send({ method: 'POST', key, query: { uploadId }, body });
}

describe('PutObject', () => {
  it('refuses a body that is not the one announced by its MD5', async () => {
    const wrong = { 'content-md5': md5('other').toString('base64') };
    expect(codeOf(await put('k', 'body', wrong))).toBe('400 InvalidDigest');
    expect(await oss.store.find('k')).toBeUndefined();
    expect(codeOf(await put('k', 'body', { 'content-md5': md5('body').toString('base64') }))).toBe('200');
  });

  it('does not overwrite when told so', async () => {
    await put('k', 'one');
    expect(codeOf(await put('k', 'two', { 'x-oss-forbid-overwrite': 'true' }))).toBe('409 FileAlreadyExists');
    expect(String((await oss.send({ key: 'k' })).body)).toBe('one');
  });

  it('keeps UTF-8 metadata and returns the bytes that came', async () => {
    const client = oss.client({ headerEncoding: 'latin1' } as never);
    await client.put('k', Buffer.from('x'), { meta: { name: 'имя' } as never });
    expect((await oss.store.find('k'))?.metadata).toEqual({ name: 'имя' });
    const { headers } = await oss.send({ key: 'k' });
    expect(Buffer.from(String(headers['x-oss-meta-name']), 'latin1').toString()).toBe('имя');
  });

  it('keeps the tags of the header', async () => {
    expect(codeOf(await put('k', '', { 'x-oss-tagging': 'a=1&b=%20' }))).toBe('200');
    expect((await oss.send({ key: 'k' })).headers['x-oss-tagging-count']).toBe('2');
    expect((await oss.store.find('k'))?.tags).toEqual({ a: '1', b: ' ' });
    expect(codeOf(await put('k', '', { 'x-oss-tagging': '=nameless' }))).toBe('400 InvalidTag');
  });

  it('refuses chunked S3 bodies, metadata over 8 KiB and unknown storage classes', async () => {
    expect(codeOf(await put('k', 'x', { 'content-encoding': 'aws-chunked' }))).toBe('400 InvalidArgument');
    expect(codeOf(await put('k', 'x', { 'x-oss-meta-a': 'x'.repeat(8192) }))).toBe('400 InvalidArgument');
    expect(codeOf(await put('k', 'x', { 'x-oss-storage-class': 'GLACIER' }))).toBe('400 InvalidArgument');
  });

  it('wants to know the length of a body', async () => {
    const socket = await putByHand('k', '');
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1.1 411 /);
  });

  it('stores nothing of an upload that breaks off', async () => {
    const reached = new Promise<ServerResponse>(resolve => {
      intercept = ({ response }) => resolve(response);
    });
    const socket = await putByHand('half', 'Content-Length: 100\r\n');
    socket.write('half');
    const response = await reached;
    const closed = once(response, 'close');
    socket.destroy();
    await closed;
    await new Promise(resolve => setImmediate(resolve));
    expect(await oss.store.find('half')).toBeUndefined();
    expect(oss.events).toEqual([]);
  });
});

/** Sends the head of a PUT that is signed in its URL, with these headers and no others. */
async function putByHand(key: string, headers: string): Promise<Socket> {
  const url = await oss.client({ endpoint: 'http://oss.test' }).signatureUrlV4('PUT', 60, {}, key);
  const { host, pathname, search } = new URL(url);
  const socket = connect(oss.server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`);
  return socket;
}

describe('multipart uploads', () => {
  it('make one object of the listed parts', async () => {
    const uploadId = await initiate('large');
    const tail = Buffer.from('tail');
    await uploadPart('large', uploadId, 1, Buffer.alloc(5));
    const first = await uploadPart('large', uploadId, 1, PART);
    const last = await uploadPart('large', uploadId, 7, tail);
    expect(first.headers['x-oss-hash-crc64ecma']).toBe(String(crc64(PART)));
    const answer = await complete('large', uploadId, [
      [1, String(first.headers.etag)],
      [7, String(last.headers.etag)],
    ]);
    const whole = Buffer.concat([PART, tail]);
    const etag = md5(Buffer.concat([md5(PART), md5(tail)]))
      .toString('hex')
      .toUpperCase();
    expect(elementOf(answer, 'ETag')).toBe(`"${etag}-2"`);
    expect(answer.headers['x-oss-hash-crc64ecma']).toBe(String(crc64(whole)));
    const got = await oss.send({ key: 'large' });
    expect(got.body.equals(whole)).toBe(true);
    expect(got.headers).toMatchObject({ 'x-oss-object-type': 'Multipart', 'x-oss-meta-a': 'b' });
    expect(codeOf(await complete('large', uploadId, [[1, 'x']]))).toBe('404 NoSuchUpload');
  });

  it('refuse parts out of order, unknown, too small or none at all, and go on', async () => {
    const uploadId = await initiate('k');
    const small = md5('small').toString('hex').toUpperCase();
    await uploadPart('k', uploadId, 1, Buffer.from('small'));
    await uploadPart('k', uploadId, 2, Buffer.from('small'));
    const codes = [];
    for (const parts of [
      [],
      [
        [2, small],
        [1, small],
      ],
      [[1, 'F'.repeat(32)]],
      [[3, small]],
      [
        [1, small],
        [2, small],
      ],
    ] as const) {
      codes.push(codeOf(await complete('k', uploadId, parts)));
    }
    expect(codes).toEqual([
      '400 MalformedXML',
      '400 InvalidPartOrder',
      '400 InvalidPart',
      '400 InvalidPart',
      '400 EntityTooSmall',
    ]);
    expect(codeOf(await complete('k', uploadId, [[2, small]]))).toBe('200');
    const garbage = await oss.send({ method: 'POST', key: 'k', query: { uploadId }, body: '<Complete' });
    expect(codeOf(garbage)).toBe('400 MalformedXML');
  });

  it('are listed until they are aborted', async () => {
    const uploadId = await initiate('k');
    await initiate('k/other');
    await uploadPart('k', uploadId, 2, PART);
    const parts = await oss.send({ key: 'k', query: { uploadId } });
    expect([elementOf(parts, 'PartNumber'), elementOf(parts, 'HashCrc64ecma')]).toEqual(['2', String(crc64(PART))]);
    const page = await oss.send({ query: { uploads: '', 'max-uploads': '1' } });
    expect([elementOf(page, 'NextKeyMarker'), elementOf(page, 'IsTruncated')]).toEqual(['k', 'true']);
    expect((await oss.send({ method: 'DELETE', key: 'k', query: { uploadId } })).status).toBe(204);
    expect(codeOf(await oss.send({ key: 'k', query: { uploadId } }))).toBe('404 NoSuchUpload');
    expect(elementOf(await oss.send({ query: { uploads: '' } }), 'Key')).toBe('k/other');
  });

  it('copy parts from another object', async () => {
    await put('source', 'abcdef');
    const uploadId = await initiate('k');
    const headers = { 'x-oss-copy-source': `/${BUCKET}/source`, 'x-oss-copy-source-range': 'bytes=1-3' };
    const answer = await oss.send({ method: 'PUT', key: 'k', query: { uploadId, partNumber: '1' }, headers });
    await complete('k', uploadId, [[1, elementOf(answer, 'ETag') ?? '']]);
    expect(String((await oss.send({ key: 'k' })).body)).toBe('bcd');
  });
});

describe('CopyObject', () => {
  const copy = (key: string, headers: Record<string, string>) => oss.send({ method: 'PUT', key, headers });

  it('changes metadata of an object in place', async () => {
    await put('k', 'body', { 'x-oss-meta-a': '1', 'content-type': 'text/a' });
    const self = { 'x-oss-copy-source': `/${BUCKET}/k`, 'x-oss-meta-b': '2', 'content-type': 'text/b' };
    await copy('k', { ...self, 'x-oss-metadata-directive': 'REPLACE' });
    const { headers, body } = await oss.send({ key: 'k' });
    expect(headers).toMatchObject({ 'x-oss-meta-b': '2', 'content-type': 'text/b' });
    expect(headers['x-oss-meta-a']).toBeUndefined();
    expect(String(body)).toBe('body');
  });

  it('takes an encoded source, and its conditions', async () => {
    await put('ключ %+', 'body', { 'x-oss-meta-a': '1' });
    const source = { 'x-oss-copy-source': `/${BUCKET}/${encodeURIComponent('ключ %+')}` };
    expect(codeOf(await copy('copy', { ...source, 'x-oss-copy-source-if-match': 'other' }))).toBe(
      '412 PreconditionFailed',
    );
    expect(codeOf(await copy('copy', source))).toBe('200');
    expect((await oss.send({ key: 'copy' })).headers['x-oss-meta-a']).toBe('1');
    expect(codeOf(await copy('copy', { 'x-oss-copy-source': `/${BUCKET}/missing` }))).toBe('404 NoSuchKey');
    expect(codeOf(await copy('copy', { 'x-oss-copy-source': '/none/x' }))).toBe('404 NoSuchBucket');
    expect(codeOf(await copy('copy', { 'x-oss-copy-source': 'nonsense' }))).toBe('400 InvalidArgument');
  });
});

describe('events', () => {
  const told = () =>
    oss.events.map(({ eventName, oss: { object } }) => [eventName, object.key, object.size, object.deltaSize]);

  it('tell of every change that OSS tells of, the useless ones included', async () => {
    await put('ключ/a%20b', '12345');
    await put('ключ/a%20b', '12');
    await oss.send({
      method: 'PUT',
      key: 'copy',
      headers: { 'x-oss-copy-source': `/${BUCKET}/${encodeURIComponent('ключ/a%20b')}` },
    });
    const uploadId = await initiate('large');
    const part = await uploadPart('large', uploadId, 1, PART);
    await complete('large', uploadId, [[1, String(part.headers.etag)]]);
    const aborted = await initiate('large');
    await oss.send({ method: 'DELETE', key: 'large', query: { uploadId: aborted } });
    await oss.send({ method: 'PUT', key: 'link', query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'copy' } });
    await oss.send({ method: 'DELETE', key: 'copy' });
    await oss.send({ method: 'DELETE', key: 'copy' });
    const body = '<Delete><Object><Key>link</Key></Object></Delete>';
    await oss.send({ method: 'POST', query: { delete: '' }, body });
    expect(told()).toEqual([
      ['ObjectCreated:PutObject', 'ключ/a%20b', 5, 5],
      ['ObjectCreated:PutObject', 'ключ/a%20b', 2, -3],
      ['ObjectCreated:CopyObject', 'copy', 2, 2],
      ['ObjectCreated:InitiateMultipartUpload', 'large', 0, 0],
      ['ObjectCreated:UploadPart', 'large', PART.length, PART.length],
      ['ObjectCreated:CompleteMultipartUpload', 'large', PART.length, PART.length],
      ['ObjectCreated:InitiateMultipartUpload', 'large', 0, 0],
      ['ObjectRemoved:AbortMultipartUpload', 'large', 0, 0],
      ['ObjectCreated:PutSymlink', 'link', 0, 0],
      ['ObjectRemoved:DeleteObject', 'copy', 0, -2],
      ['ObjectRemoved:DeleteObjects', 'link', 0, 0],
    ]);
  });

  it('have the fields of the native trigger', async () => {
    const answer = await put('k', 'x');
    expect(oss.events[0]).toMatchObject({
      eventSource: 'acs:oss',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      oss: { bucket: { name: BUCKET }, object: { eTag: String(answer.headers.etag).replaceAll('"', '') } },
      region: 'cn-hangzhou',
      responseElements: { requestId: answer.headers['x-oss-request-id'] },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
    });
  });

  it('say where an append was written', async () => {
    for (const [position, body] of [
      ['0', 'one'],
      ['3', 'three'],
    ] as const) {
      await oss.send({ method: 'POST', key: 'log', query: { append: '', position }, body });
    }
    expect(oss.events.map(({ oss: { object } }) => [object.position, object.size, object.deltaSize])).toEqual([
      [0, 3, 3],
      [3, 8, 5],
    ]);
  });

  it('are fired for what appears without a request, and not for a refused one', async () => {
    await put('k', 'x', { 'content-md5': md5('other').toString('base64') });
    const object = await oss.store.commit('file', [], {
      etag: 'e',
      headers: {},
      metadata: {},
      tags: {},
      attributes: {},
    });
    oss.server.fireCreated(BUCKET, object, 'ObjectCreated:PostObject');
    expect(told()).toEqual([['ObjectCreated:PostObject', 'file', 0, 0]]);
  });
});

describe('interception', () => {
  it('sees the operation before it is served and may answer itself', async () => {
    const seen: string[] = [];
    const throttled = await startLocalOss({
      intercept: ({ operation, response, bucket, key }) => {
        seen.push(`${operation} ${bucket} ${key}`);
        if (operation !== 'GetObject') return false;
        response.writeHead(503).end();
        return true;
      },
    });
    expect(codeOf(await throttled.send({ method: 'PUT', key: 'k', body: 'x' }))).toBe('200');
    expect((await throttled.send({ key: 'k' })).status).toBe(503);
    expect(seen).toEqual([`PutObject ${BUCKET} k`, `GetObject ${BUCKET} k`]);
    await throttled.close();
  });
});
