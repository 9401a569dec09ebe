// The stand-ins over stores that keep no bytes: the same answers and the same refusals as over stores that do.

import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { ChecksumObjectStore } from '../../local/store/checksum-object-store.ts';
import { ComputedObjectStore } from '../../local/store/computed-object-store.ts';
import { crc32, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { GIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import { elementOf, type LocalOss, BUCKET as SOURCE_BUCKET, startLocalOss } from './local-oss-fixture.ts';
import { BUCKET, clientOf, type LocalS3, startLocalS3 } from './local-s3-harness.ts';
import { crc, crc32FullObject, createUpload, failure } from './local-s3-upload.ts';

const PART_BYTES = 8 * MEBIBYTE;
const LARGE_BYTES = 64 * MEBIBYTE;
const LARGE = { key: 'large', sizeBytes: LARGE_BYTES, metadata: { kind: 'computed' } };

const source = new ComputedObjectStore({
  objects: [
    LARGE,
    { key: 'huge', sizeBytes: 20 * GIBIBYTE },
    { key: 'log', sizeBytes: 2 * GIBIBYTE, type: 'Appendable' },
    { key: 'twin', sizeBytes: 2 * GIBIBYTE },
    { key: 'small', sizeBytes: 1000 },
  ],
  families: [{ prefix: 'many/', count: 10_000_000, describe: index => ({ sizeBytes: index % 7 }) }],
});
const destination = new ChecksumObjectStore({ crc64: true });

let oss: LocalOss;
let s3: LocalS3;
let client: S3Client;
beforeAll(async () => {
  oss = await startLocalOss({ buckets: new Map([[SOURCE_BUCKET, source]]) });
  s3 = await startLocalS3({ buckets: new Map([[BUCKET, destination]]) });
  client = clientOf(s3.server.endpoint, { requestChecksumCalculation: 'WHEN_REQUIRED' });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  await oss.close();
});

async function readPart(key: string, start: number, lengthBytes: number): Promise<Buffer> {
  const answer = await oss.send({ key, headers: { range: `bytes=${start}-${start + lengthBytes - 1}` } });
  expect(answer.status).toBe(206);
  return answer.body;
}

describe('the OSS stand-in over computed objects', () => {
  it('answers for 20 GiB, and sends ranges of it', async () => {
    const head = await oss.send({ method: 'HEAD', key: 'huge' });
    expect(head.headers).toMatchObject({ 'content-length': String(20 * GIBIBYTE), 'x-oss-object-type': 'Multipart' });
    const object = await source.find('huge');
    expect(head.headers['x-oss-hash-crc64ecma']).toBe(object?.attributes.crc64);
    const last = await readPart('huge', 20 * GIBIBYTE - 1000, 1000);
    const first = await readPart('huge', 0, 1000);
    expect([last.length, first.equals(last)]).toEqual([1000, false]);
  });

  it('lists ten million keys from their middle', async () => {
    const query = { 'list-type': '2', prefix: 'many/', 'start-after': 'many/4999999', 'max-keys': '2' };
    const answer = await oss.send({ query });
    expect([...answer.body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key)).toEqual([
      'many/5000000',
      'many/5000001',
    ]);
    expect(elementOf(answer, 'IsTruncated')).toBe('true');
  });

  it('appends to 2 GiB and copies them at once', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const position = 2 * GIBIBYTE;
    const appended = await oss.send({
      method: 'POST',
      key: 'log',
      query: { append: '', position: String(position) },
      body: 'one more line',
    });
    expect(appended).toMatchObject({ status: 200, headers: { 'x-oss-next-append-position': String(position + 13) } });
    expect((await readPart('log', position - 4, 17)).subarray(4).toString()).toBe('one more line');
    const log = await source.find('log');
    expect(appended.headers['x-oss-hash-crc64ecma']).toBe(log?.attributes.crc64);
    expect(log && String((await source.checksumsOf(log)).crc64)).toBe(log?.attributes.crc64);

    const headers = { 'x-oss-copy-source': `/${SOURCE_BUCKET}/twin` };
    expect((await oss.send({ method: 'PUT', key: 'twin-copy', headers })).status).toBe(200);
    const [twin, copy] = [await source.find('twin'), await source.find('twin-copy')];
    expect(copy && (await source.checksumsOf(copy))).toEqual(twin && (await source.checksumsOf(twin)));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MEBIBYTE);
    const tooLarge = await oss.send({
      method: 'PUT',
      key: 'x',
      headers: { 'x-oss-copy-source': `/${SOURCE_BUCKET}/huge` },
    });
    expect(elementOf(tooLarge, 'Code')).toBe('EntityTooLarge');
  });
});

describe('the S3 stand-in over checksums alone', () => {
  it('proves a multipart upload as strictly as with the bytes', async () => {
    const upload = await createUpload(s3, {
      ...crc32FullObject,
      Key: 'large',
      Metadata: LARGE.metadata,
      ContentType: 'application/octet-stream',
    });
    const parts = [];
    for (let start = 0; start < LARGE_BYTES; start += PART_BYTES) {
      const PartNumber = start / PART_BYTES + 1;
      const body = await readPart('large', start, PART_BYTES);
      const { ETag, ChecksumCRC32 } = await upload.part(PartNumber, body, { ChecksumCRC32: crc(body) });
      parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    expect(new Set(parts.map(part => part.ETag)).size).toBe(8);
    const listed = await upload.listParts();
    expect(listed.Parts).toMatchObject(parts.map(part => ({ ...part, Size: PART_BYTES })));
    const object = await source.find('large');
    const whole = object && crc32ToBase64((await source.checksumsOf(object)).crc32);
    await expect(upload.complete(parts, { ChecksumCRC32: parts[0]?.ChecksumCRC32 })).rejects.toMatchObject(
      failure('BadDigest'),
    );
    const [one, two, ...others] = parts;
    const swapped = [{ ...two, PartNumber: 1 }, { ...one, PartNumber: 2 }, ...others];
    await expect(upload.complete(swapped)).rejects.toMatchObject(failure('InvalidPart'));
    const answer = await upload.complete(parts, { ChecksumCRC32: whole, MpuObjectSize: LARGE_BYTES, IfNoneMatch: '*' });
    expect(answer).toMatchObject({ ChecksumCRC32: whole, ETag: expect.stringMatching(/^"[0-9a-f]{32}-8"$/) });

    const comparison = await compareStores(new ComputedObjectStore({ objects: [LARGE] }), destination);
    expect(comparison).toMatchObject({ identical: { objects: 1, bytes: LARGE_BYTES }, lost: [], different: [] });
  });

  it('refuses a part with one flipped bit, by its checksum and by its MD5', async () => {
    const upload = await createUpload(s3, { ...crc32FullObject, Key: 'flipped' });
    const body = await readPart('large', 0, 100_000);
    const flipped = Buffer.from(body);
    flipped[50_000] = (flipped[50_000] ?? 0) ^ 1;
    await expect(upload.part(1, flipped, { ChecksumCRC32: crc(body) })).rejects.toMatchObject(failure('BadDigest'));
    const ContentMD5 = createHash('md5').update(body).digest('base64');
    await expect(upload.part(1, flipped, { ContentMD5 })).rejects.toMatchObject(failure('BadDigest'));
    expect((await upload.listParts()).Parts ?? []).toEqual([]);
    const { ETag } = await upload.part(1, body, { ContentMD5, ChecksumCRC32: crc(body) });
    // The same bytes again, however they are proven, are the same part; others are another.
    expect((await upload.part(1, body)).ETag).toBe(ETag);
    expect((await upload.part(2, flipped)).ETag).not.toBe(ETag);
    const lie = { PartNumber: 1, ETag, ChecksumCRC32: crc(flipped) };
    await expect(upload.complete([lie])).rejects.toMatchObject(failure('InvalidPart'));
    await upload.abort();
  });

  it('gives a whole PUT the MD5 as its ETag, and refuses a wrong one', async () => {
    const Body = await readPart('small', 0, 1000);
    const md5 = createHash('md5').update(Body).digest();
    const put = { Bucket: BUCKET, Key: 'small', Body };
    await expect(client.send(new PutObjectCommand({ ...put, ChecksumCRC32: 'AAAAAA==' }))).rejects.toMatchObject(
      failure('BadDigest'),
    );
    const answer = await client.send(new PutObjectCommand({ ...put, ChecksumCRC32: crc(Body) }));
    expect(answer).toMatchObject({ ETag: `"${md5.toString('hex')}"`, ChecksumCRC32: crc(Body) });
    const object = await destination.find('small');
    expect(object && (await destination.checksumsOf(object))).toEqual({ crc32: crc32(Body), crc64: crc64(Body) });
  });

  it('answers for an object, but has no bytes of it to send', async () => {
    const object = { Bucket: BUCKET, Key: 'kept' };
    await client.send(new PutObjectCommand({ ...object, Body: 'text', Metadata: { a: '1' } }));
    await client.send(new PutObjectCommand({ ...object, Key: 'empty', Body: Buffer.alloc(0) }));
    expect(await client.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 4, Metadata: { a: '1' } });
    await expect(client.send(new GetObjectCommand(object))).rejects.toMatchObject(failure('NotImplemented', 501));
    await expect(client.send(new GetObjectCommand({ ...object, Range: 'bytes=1-2' }))).rejects.toMatchObject(
      failure('NotImplemented', 501),
    );
    const empty = await client.send(new GetObjectCommand({ ...object, Key: 'empty' }));
    expect(await empty.Body?.transformToString()).toBe('');
  });

  it('copies an object onto itself or another key, with a checksum that it knows', async () => {
    const Body = Buffer.from('copied');
    const md5 = `"${createHash('md5').update(Body).digest('hex')}"`;
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'c', Body, ChecksumCRC32: crc(Body) }));
    const copy = { Bucket: BUCKET, Key: 'c', CopySource: `${BUCKET}/c` };
    const described = await client.send(
      new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { b: '2' } }),
    );
    expect(described.CopyObjectResult).toMatchObject({ ETag: md5, ChecksumCRC32: crc(Body) });
    await client.send(new CopyObjectCommand({ ...copy, Key: 'd' }));
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'd', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ETag: md5, ContentLength: 6, Metadata: { b: '2' }, ChecksumCRC32: crc(Body) });
    await expect(
      client.send(new CopyObjectCommand({ ...copy, Key: 'e', ChecksumAlgorithm: 'SHA256' })),
    ).rejects.toMatchObject(failure('NotImplemented', 501));
  });
});
