// What goes over the wire, beside what an SDK would send: signatures, raw keys, framings, broken bodies.

import { request as httpRequest } from 'node:http';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { StagedBytes } from '../../local/store/object-store.ts';
import { crc32, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { BUCKET, codeOf, type LocalS3, presign, type RawRequest, sendRaw, startLocalS3 } from './local-s3-harness.ts';

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.close());

const raw = (request: RawRequest) => sendRaw(s3.server, request);
const object = (key: string) => `/${BUCKET}/${key}`;

describe('bodies', () => {
  const trailing = (
    chunks: string[],
    trailer: string,
    options: { length?: number; end?: string } = {},
  ): RawRequest => ({
    method: 'PUT',
    path: object('chunked'),
    body: `${chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n${trailer}${options.end ?? '\r\n\r\n'}`,
    headers: {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': String(options.length ?? chunks.join('').length),
    },
  });
  const large = 'x'.repeat(8192);
  const crcLine = (text: string) => `x-amz-checksum-crc32:${crc32ToBase64(crc32(Buffer.from(text)))}`;

  it.each<[string, RawRequest, number, string | undefined]>([
    ['a right trailer', trailing([large, 'yz'], crcLine(`${large}yz`)), 200, undefined],
    ['a wrong trailer', trailing([large, 'yz'], crcLine('other')), 400, 'BadDigest'],
    ['no trailer', trailing(['yz'], '', { end: '\r\n' }), 400, 'MalformedTrailerError'],
    ['a small chunk before the last', trailing(['yz', large], crcLine(`yz${large}`)), 403, 'InvalidChunkSizeError'],
    ['fewer bytes than announced', trailing(['yz'], crcLine('yz'), { length: 3 }), 400, 'IncompleteBody'],
    ['more bytes than announced', trailing(['yz'], crcLine('yz'), { length: 1 }), 400, 'IncompleteBody'],
  ])('aws-chunked with %s', async (_, request, status, code) => {
    await s3.store.remove('chunked');
    const answer = await raw(request);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect((await s3.store.find('chunked'))?.sizeBytes).toBe(status === 200 ? 8194 : undefined);
    if (status === 200) expect((await s3.store.find('chunked'))?.headers['content-encoding']).toBeUndefined();
  });

  it('decodes signed chunks', async () => {
    const signature = `;chunk-signature=${'a'.repeat(64)}`;
    const answer = await raw({
      method: 'PUT',
      path: object('signed-chunks'),
      body: `2${signature}\r\nyz\r\n0${signature}\r\n\r\n`,
      headers: {
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'content-encoding': 'aws-chunked,gzip',
        'x-amz-decoded-content-length': '2',
      },
    });
    expect(answer.status).toBe(200);
    expect(await s3.store.find('signed-chunks')).toMatchObject({
      sizeBytes: 2,
      headers: { 'content-encoding': 'gzip' },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'two checksums',
      { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-sha1': '98O8HYCOBHMq32eZZczDTKeuNEE=' },
      'InvalidRequest',
    ],
    ['a checksum that is none', { 'x-amz-checksum-crc32': 'abc' }, 'InvalidRequest'],
    ['an announced checksum that is missing', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
    ['a checksum that is not covered', { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }, 'NotImplemented'],
    ['If-None-Match with an ETag', { 'if-none-match': '"abc"' }, 'NotImplemented'],
    ['an unknown x-amz-content-sha256', { 'x-amz-content-sha256': 'NONE' }, 'InvalidArgument'],
    ['headers over 8 KB', { 'cache-control': 'x'.repeat(8200) }, 'RequestHeaderSectionTooLarge'],
    ['a body over 5 GiB', { 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' }, 'EntityTooLarge'],
  ])('refuses %s', async (_, headers, code) => {
    const expectsContinue = headers.expect !== undefined;
    const answer = await raw({
      method: 'PUT',
      path: object('refused'),
      body: expectsContinue ? '' : '123456789',
      headers,
      expectsContinue,
    });
    expect(codeOf(answer)).toBe(code);
  });

  it('asks for Content-Length', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const signed = presign(s3.server, { method: 'PUT', key: 'no-length', expiresSeconds: 60 });
      const request = httpRequest(signed, { method: 'PUT', agent: false }, response => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.removeHeader('transfer-encoding');
      request.useChunkedEncodingByDefault = false;
      request.end();
    });
    expect(answer).toBe(411);
  });

  it('sends 100 Continue only to a request that it will read', async () => {
    const good = await raw({ method: 'PUT', path: object('expect'), body: 'x', expectsContinue: true });
    expect([good.status, good.sawContinue]).toEqual([200, true]);
    const bad = await raw({ method: 'PUT', path: '/no-such-bucket/k', body: 'x', expectsContinue: true });
    expect([bad.status, bad.sawContinue, bad.headers.connection]).toEqual([404, false, 'close']);
  });

  it('stores nothing of a body that breaks off', async () => {
    const before = (await s3.store.list({ prefix: '', startAfter: '', limit: 1000 })).length;
    const url = presign(s3.server, { method: 'PUT', key: 'broken', expiresSeconds: 60 });
    await new Promise<void>(resolve => {
      const request = httpRequest(url, { method: 'PUT', agent: false, headers: { 'content-length': '1000' } });
      request.on('error', () => resolve());
      request.write('x'.repeat(500), () => request.destroy(new Error('gone')));
    });
    expect(await s3.store.find('broken')).toBeUndefined();
    expect((await s3.store.list({ prefix: '', startAfter: '', limit: 1000 })).length).toBe(before);
  });

  it('keeps the connection after an error in the middle of a body', async () => {
    const ports = new Set<number | undefined>();
    const counted = await startLocalS3({
      intercept: ({ request }) => {
        ports.add(request.socket.remotePort);
        return false;
      },
    });
    const put = (ContentMD5?: string) =>
      counted.client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: Buffer.alloc(1_000_000), ContentMD5 }),
      );
    for (let round = 0; round < 3; round++) {
      await expect(put('AAAAAAAAAAAAAAAAAAAAAA==')).rejects.toMatchObject({ name: 'BadDigest' });
      await put();
    }
    await counted.close();
    expect(ports.size).toBe(1);
  });

  it('breaks the connection when the store fails in the middle of an object', async () => {
    const store = new MemoryObjectStore();
    store.read = async function* () {
      yield Buffer.from('half');
      throw new Error('the file is gone');
    };
    const breaking = await startLocalS3({ buckets: new Map([[BUCKET, store]]) });
    await breaking.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'half and half' }));
    const got = await breaking.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'k' }));
    await expect(got.Body?.transformToString()).rejects.toThrow();
    await breaking.close();
  });

  it('discards what was staged of every body that it refused', async () => {
    const store = new MemoryObjectStore();
    const open = new Set<StagedBytes>();
    const stage = store.stage.bind(store);
    store.stage = async () => {
      const staged = await stage();
      const discard = staged.discard.bind(staged);
      staged.discard = () => {
        open.delete(staged);
        return discard();
      };
      open.add(staged);
      return staged;
    };
    const watched = await startLocalS3({ buckets: new Map([[BUCKET, store]]) });
    const target = { Bucket: BUCKET, Key: 'k' };
    await watched.client.send(new PutObjectCommand({ ...target, Body: 'x' }));
    await watched.client.send(new PutObjectCommand({ ...target, Body: 'x', IfNoneMatch: '*' })).catch(() => {});
    await watched.client
      .send(new PutObjectCommand({ ...target, Body: 'x', ChecksumCRC32: 'AAAAAA==' }))
      .catch(() => {});
    const { UploadId } = await watched.client.send(new CreateMultipartUploadCommand(target));
    for (const Body of ['a', 'b'])
      await watched.client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body }));
    expect(open.size).toBe(1);
    await watched.close();
    expect(open.size).toBe(0);
  });
});
