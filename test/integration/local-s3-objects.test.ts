import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { BUCKET, clientOf, type LocalS3, startLocalS3 } from './local-s3-harness.ts';

let s3: LocalS3;
beforeEach(async () => {
  s3 = await startLocalS3();
});
afterEach(() => s3.close());

const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex');
const put = (Key: string, options: Partial<PutObjectCommandInput> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'content', ...options }));
const head = (Key: string) => s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
const failure = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

describe('objects', () => {
  it('gives back the bytes, headers and metadata that were put', async () => {
    const bytes = randomBytes(300_000);
    const answer = await put('a/b', {
      Body: bytes,
      ContentType: 'text/csv',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="x.csv"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'zh-CN',
      Expires: new Date('2030-01-01T00:00:00Z'),
      Metadata: { owner: 'me', city: '=?UTF-8?B?5p2t5bee?=' },
      Tagging: 'team=data&note=a%20b',
      StorageClass: 'STANDARD_IA',
    });
    expect(answer).toMatchObject({
      ETag: `"${md5(bytes)}"`,
      ChecksumCRC32: crc32ToBase64(crc32(bytes)),
      ChecksumType: 'FULL_OBJECT',
      ServerSideEncryption: 'AES256',
    });
    const got = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a/b' }));
    expect(await buffer(got.Body as Readable)).toEqual(bytes);
    expect(got).toMatchObject({
      ContentType: 'text/csv',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment; filename="x.csv"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'zh-CN',
      Metadata: { owner: 'me', city: '=?UTF-8?B?5p2t5bee?=' },
      StorageClass: 'STANDARD_IA',
      TagCount: 2,
      ContentLength: 300_000,
    });
    expect(got.ExpiresString).toBe('Tue, 01 Jan 2030 00:00:00 GMT');
    expect((await s3.store.find('a/b'))?.metadata.city).toBe('杭州');
  });

  it('takes a stream in aws-chunked framing with a trailing checksum, and stores none of the framing', async () => {
    const bytes = randomBytes(200_000);
    const chunks = [bytes.subarray(0, 65_536), bytes.subarray(65_536, 131_072), bytes.subarray(131_072)];
    const answer = await put('stream', {
      Body: Readable.from(chunks),
      ContentLength: bytes.length,
      ContentEncoding: 'br',
    });
    expect(answer.ChecksumCRC32).toBe(crc32ToBase64(crc32(bytes)));
    const stored = await head('stream');
    expect(stored).toMatchObject({ ETag: `"${md5(bytes)}"`, ContentLength: bytes.length, ContentEncoding: 'br' });
  });

  it.each([
    ['CRC32', 'ChecksumCRC32', 'y/Q5Jg=='],
    ['CRC32C', 'ChecksumCRC32C', '4waSgw=='],
    ['CRC64NVME', 'ChecksumCRC64NVME', 'rosUhgp5mIg='],
    ['SHA1', 'ChecksumSHA1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
    ['SHA256', 'ChecksumSHA256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
  ] as const)('computes %s as the SDK does, and refuses a wrong one', async (algorithm, field, expected) => {
    await put('sum', { Body: '123456789', ChecksumAlgorithm: algorithm });
    expect((await head('sum'))[field]).toBe(expected);
    const wrong = put('sum-wrong', { Body: '12345678', [field]: expected });
    await expect(wrong).rejects.toMatchObject(failure('BadDigest', 400));
    await expect(head('sum-wrong')).rejects.toMatchObject(failure('NotFound', 404));
  });

  it('keeps a CRC64NVME of its own when the client sends no checksum', async () => {
    const plain = clientOf(s3.server.endpoint, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    await plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: '123456789' }));
    expect(await head('k')).toMatchObject({ ChecksumCRC64NVME: 'rosUhgp5mIg=', ChecksumType: 'FULL_OBJECT' });
  });

  it('verifies Content-MD5', async () => {
    await expect(put('m', { ContentMD5: createHash('md5').update('other').digest('base64') })).rejects.toMatchObject(
      failure('BadDigest', 400),
    );
    await expect(put('m', { ContentMD5: 'short' })).rejects.toMatchObject(failure('InvalidDigest', 400));
  });

  it('sends a large body after 100 Continue', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    expect((await put('large', { Body: bytes })).ETag).toBe(`"${md5(bytes)}"`);
  });

  it('gives ETags that are no MD5 under a KMS key when asked to', async () => {
    const kms = await startLocalS3({ kmsEtags: true });
    const command = { Bucket: BUCKET, Key: 'k', Body: 'content' };
    const encrypted = await kms.client.send(
      new PutObjectCommand({ ...command, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key' }),
    );
    const plain = await kms.client.send(new PutObjectCommand(command));
    await kms.close();
    expect(encrypted).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key' });
    expect(encrypted.ETag).not.toBe(`"${md5('content')}"`);
    expect(plain.ETag).toBe(`"${md5('content')}"`);
  });

  it.each<[string, Partial<PutObjectCommandInput>, string]>([
    ['metadata over 2 KB', { Metadata: { a: 'x'.repeat(2048) } }, 'MetadataTooLarge'],
    ['eleven tags', { Tagging: Array.from({ length: 11 }, (_, n) => `t${n}=v`).join('&') }, 'BadRequest'],
    ['a tag twice', { Tagging: 'a=1&a=2' }, 'InvalidArgument'],
    ['a tag with a character that is not allowed', { Tagging: 'a=%3F' }, 'InvalidTag'],
    ['an unknown storage class', { StorageClass: 'FAST' as 'STANDARD' }, 'InvalidStorageClass'],
    ['an unknown ACL', { ACL: 'everyone' as 'private' }, 'InvalidArgument'],
    ['a key over 1024 bytes', { Key: '界'.repeat(342) }, 'KeyTooLongError'],
    ['object lock', { ObjectLockMode: 'GOVERNANCE' }, 'NotImplemented'],
    ['grants', { GrantRead: 'id=1' }, 'NotImplemented'],
  ])('refuses %s', async (_, options, code) => {
    await expect(put('refused', options)).rejects.toMatchObject({ name: code });
    expect(await s3.store.list({ prefix: '', startAfter: '', limit: 1 })).toEqual([]);
  });

  it('takes metadata of exactly 2 KB', async () => {
    await put('meta', { Metadata: { ab: 'x'.repeat(2046) } });
    expect((await head('meta')).Metadata?.ab).toHaveLength(2046);
  });
});

describe('reading', () => {
  it('serves a range without a checksum of the whole', async () => {
    await put('k', { Body: '0123456789' });
    const got = await s3.client.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: 'k', Range: 'bytes=2-4', ChecksumMode: 'ENABLED' }),
    );
    expect(await text(got.Body as Readable)).toBe('234');
    expect(got).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3, $metadata: { httpStatusCode: 206 } });
    expect(got.ChecksumCRC32).toBeUndefined();
    const beyond = s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'k', Range: 'bytes=10-' }));
    await expect(beyond).rejects.toMatchObject(failure('InvalidRange', 416));
  });

  it('overrides response headers, refuses archived objects, and knows what is missing', async () => {
    await put('k');
    await put('cold', { StorageClass: 'GLACIER' });
    const get = (Key: string, options: object = {}) =>
      s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...options }));
    expect((await get('k', { ResponseContentType: 'text/x' })).ContentType).toBe('text/x');
    await expect(get('cold')).rejects.toMatchObject(failure('InvalidObjectState', 403));
    await expect(get('missing')).rejects.toMatchObject(failure('NoSuchKey', 404));
    const elsewhere = s3.client.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'k' }));
    await expect(elsewhere).rejects.toMatchObject(failure('NoSuchBucket', 404));
  });

  it('gives attributes', async () => {
    await put('k', { Body: '123456789' });
    const ask = {
      Bucket: BUCKET,
      Key: 'k',
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
    };
    expect(await s3.client.send(new GetObjectAttributesCommand(ask as never))).toMatchObject({
      ETag: md5('123456789'),
      Checksum: { ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'FULL_OBJECT' },
      ObjectSize: 9,
      StorageClass: 'STANDARD',
    });
  });
});

describe('copies and tags', () => {
  it('copies with the source’s metadata, or with new ones', async () => {
    await put('from 1+1', { Metadata: { a: '1' }, Tagging: 't=1', ContentType: 'text/a' });
    const CopySource = `${BUCKET}/${encodeURIComponent('from 1+1')}`;
    const copy = (Key: string, options: object = {}) =>
      s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key, CopySource, ...options }));
    expect((await copy('to')).CopyObjectResult?.ETag).toBe(`"${md5('content')}"`);
    expect(await head('to')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/a', TagCount: 1 });
    await copy('to', {
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
      TaggingDirective: 'REPLACE',
      Tagging: 'u=2',
    });
    expect((await head('to')).Metadata).toEqual({ b: '2' });
    await expect(copy('to', { IfNoneMatch: '*' })).rejects.toMatchObject(failure('PreconditionFailed', 412));
    await expect(copy('new', { CopySourceIfMatch: 'x' })).rejects.toMatchObject(failure('PreconditionFailed', 412));
    await expect(copy('from 1+1')).rejects.toMatchObject(failure('InvalidRequest', 400));
  });

  it('changes tags without touching the object', async () => {
    const { ETag } = await put('k', { Metadata: { a: '1' } });
    const before = await head('k');
    const Tagging = { TagSet: [{ Key: 'x & y', Value: '<1>' }] };
    const bad = s3.client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: 'k', Tagging }));
    await expect(bad).rejects.toMatchObject(failure('InvalidTag', 400));
    const good = { TagSet: [{ Key: 'x y', Value: ' 1 ' }] };
    await s3.client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: 'k', Tagging: good }));
    expect((await s3.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'k' }))).TagSet).toEqual(
      good.TagSet,
    );
    expect(await head('k')).toMatchObject({ ETag, LastModified: before.LastModified, Metadata: { a: '1' } });
    await s3.client.send(new DeleteObjectTaggingCommand({ Bucket: BUCKET, Key: 'k' }));
    expect((await s3.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'k' }))).TagSet).toEqual([]);
  });
});
