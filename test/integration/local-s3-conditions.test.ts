import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, type LocalS3, startLocalS3 } from './local-s3-harness.ts';

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

describe('conditions', () => {
  it('creates with If-None-Match once', async () => {
    await put('k', { IfNoneMatch: '*' });
    await expect(put('k', { IfNoneMatch: '*' })).rejects.toMatchObject(failure('PreconditionFailed', 412));
  });

  it('replaces with If-Match only the version that is named', async () => {
    await expect(put('k', { IfMatch: '"abc"' })).rejects.toMatchObject(failure('NoSuchKey', 404));
    const first = await put('k', { Body: 'one' });
    await put('k', { Body: 'two', IfMatch: first.ETag });
    await expect(put('k', { Body: 'three', IfMatch: first.ETag })).rejects.toMatchObject(
      failure('PreconditionFailed', 412),
    );
    expect((await head('k')).ETag).toBe(`"${md5('two')}"`);
  });

  it('lets exactly one of many concurrent creators win', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => put('race', { Body: `${n}`, IfNoneMatch: '*' })),
    );
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('judges the condition when the body is complete, not when the request begins', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    async function* slow() {
      yield Buffer.alloc(8192);
      await held;
      yield Buffer.alloc(10);
    }
    const slowPut = put('k', { Body: Readable.from(slow()), ContentLength: 8202, IfNoneMatch: '*' });
    const settled = expect(slowPut).rejects.toMatchObject(failure('PreconditionFailed', 412));
    await put('k', { Body: 'quick' });
    release();
    await settled;
    expect((await head('k')).ETag).toBe(`"${md5('quick')}"`);
  });

  it('deletes with If-Match only what is named', async () => {
    const remove = (IfMatch?: string) => s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'k', IfMatch }));
    await expect(remove('"abc"')).rejects.toMatchObject(failure('NoSuchKey', 404));
    expect((await remove()).$metadata.httpStatusCode).toBe(204);
    const { ETag } = await put('k');
    await expect(remove('"abc"')).rejects.toMatchObject(failure('PreconditionFailed', 412));
    expect((await remove(ETag)).$metadata.httpStatusCode).toBe(204);
  });

  it('answers conditional reads', async () => {
    const { ETag = '' } = await put('k');
    const get = (conditions: object) =>
      s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'k', ...conditions }));
    await expect(get({ IfMatch: '"x"' })).rejects.toMatchObject(failure('PreconditionFailed', 412));
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfModifiedSince: new Date() })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfUnmodifiedSince: new Date(0) })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    const both = await get({ IfMatch: ETag, IfUnmodifiedSince: new Date(0) });
    expect(await text(both.Body as Readable)).toBe('content');
  });
});
