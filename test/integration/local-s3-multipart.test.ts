import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, type LocalS3, startLocalS3 } from './local-s3-harness.ts';
import {
  crc,
  crc32FullObject,
  createUpload,
  failure,
  part1,
  part2,
  part3,
  sendParts,
  whole,
} from './local-s3-upload.ts';

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.close());

describe('parts', () => {
  it('checks what Complete names', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    const [first, second, third] = await sendParts(upload);
    const refuse = async (parts: unknown[], code: string) =>
      expect(upload.complete(parts as (typeof first)[] as never)).rejects.toMatchObject(failure(code));
    await refuse([second, first], 'InvalidPartOrder');
    await refuse([first, first], 'InvalidPartOrder');
    await refuse([second, third], 'InvalidPartOrder');
    await refuse([{ ...first, ETag: '"other"' }], 'InvalidPart');
    await refuse([{ ...first, ChecksumCRC32: crc(part2) }], 'InvalidPart');
    await refuse([first, second, third, { PartNumber: 4, ETag: '"x"' }], 'InvalidPart');
    await refuse([], 'MalformedXML');
  });

  it('refuses small parts but for the last', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    const parts = await sendParts(upload, [part3, part1]);
    await expect(upload.complete(parts)).rejects.toMatchObject(failure('EntityTooSmall'));
  });

  it('lets a later part of the same number take the place of the earlier', async () => {
    const upload = await createUpload(s3);
    await upload.part(1, part1);
    const { ETag } = await upload.part(1, part3);
    expect((await upload.listParts()).Parts).toMatchObject([{ PartNumber: 1, ETag, Size: part3.length }]);
    await upload.complete([{ PartNumber: 1, ETag }]);
    expect((await s3.store.find(upload.Key))?.sizeBytes).toBe(part3.length);
  });

  it.each([0, 10_001])('refuses part number %i', async PartNumber => {
    const upload = await createUpload(s3);
    await expect(upload.part(PartNumber, part3)).rejects.toMatchObject(failure('InvalidArgument'));
  });

  it('lists parts page by page with checksums and sizes', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    for (const number of [3, 1, 2]) await upload.part(number, Buffer.from(`${number}`));
    const first = await upload.listParts({ MaxParts: 2 });
    expect(first).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '2',
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
    });
    expect(first.Parts).toMatchObject([
      { PartNumber: 1, Size: 1, ChecksumCRC32: crc(Buffer.from('1')) },
      { PartNumber: 2, Size: 1, ChecksumCRC32: crc(Buffer.from('2')) },
    ]);
    const second = await upload.listParts({ PartNumberMarker: first.NextPartNumberMarker });
    expect(second).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3 }] });
  });

  it('shows no checksum where the upload named none', async () => {
    const upload = await createUpload(s3);
    await upload.part(1, part3);
    expect((await upload.listParts()).Parts?.[0]?.ChecksumCRC64NVME).toBeUndefined();
  });
});

describe('conditions and ends', () => {
  it('leaves the upload when the condition fails', async () => {
    const upload = await createUpload(s3);
    const { ETag } = await upload.part(1, part3);
    const parts = [{ PartNumber: 1, ETag }];
    await expect(upload.complete(parts, { IfMatch: '"x"' })).rejects.toMatchObject(failure('NoSuchKey', 404));
    const put = await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: upload.Key, Body: 'there' }));
    await expect(upload.complete(parts, { IfNoneMatch: '*' })).rejects.toMatchObject(
      failure('PreconditionFailed', 412),
    );
    await expect(upload.complete(parts, { IfMatch: '"x"' })).rejects.toMatchObject(failure('PreconditionFailed', 412));
    await upload.complete(parts, { IfMatch: put.ETag });
    expect((await s3.store.find(upload.Key))?.sizeBytes).toBe(part3.length);
  });

  it('knows an aborted upload no more', async () => {
    const upload = await createUpload(s3);
    const { ETag } = await upload.part(1, part3);
    expect((await upload.abort()).$metadata.httpStatusCode).toBe(204);
    const gone = failure('NoSuchUpload', 404);
    await expect(upload.abort()).rejects.toMatchObject(gone);
    await expect(upload.part(2, part3)).rejects.toMatchObject(gone);
    await expect(upload.listParts()).rejects.toMatchObject(gone);
    await expect(upload.complete([{ PartNumber: 1, ETag }])).rejects.toMatchObject(gone);
  });

  it('refuses a part whose upload was aborted while it was on its way', async () => {
    const upload = await createUpload(s3);
    async function* slow() {
      yield Buffer.alloc(8192);
      await upload.abort();
      yield Buffer.alloc(1);
    }
    const part = s3.client.send(
      new UploadPartCommand({
        Bucket: BUCKET,
        Key: upload.Key,
        UploadId: upload.UploadId,
        PartNumber: 1,
        Body: Readable.from(slow()),
        ContentLength: 8193,
      }),
    );
    await expect(part).rejects.toMatchObject(failure('NoSuchUpload', 404));
  });

  it('lists uploads by key and age, page by page', async () => {
    const uploads = [];
    for (const Key of ['list/b', 'list/a', 'list/b', 'other']) uploads.push(await createUpload(s3, { Key }));
    const [b1, a, b2] = uploads.map(upload => upload.UploadId);
    const list = (extra: object) =>
      s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'list/', ...extra }));
    const first = await list({ MaxUploads: 2 });
    expect(first.Uploads?.map(upload => upload.UploadId)).toEqual([a, b1]);
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'list/b', NextUploadIdMarker: b1 });
    expect(first.Uploads?.[0]?.Initiated).toBeInstanceOf(Date);
    const second = await list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker });
    expect(second).toMatchObject({ IsTruncated: false, Uploads: [{ Key: 'list/b', UploadId: b2 }] });
    for (const upload of uploads) await upload.abort();
    expect((await list({})).Uploads ?? []).toEqual([]);
  });
});

it('takes what lib-storage sends for a stream of unknown length', async () => {
  const chunks = Array.from({ length: Math.ceil(whole.length / 65_536) }, (_, n) =>
    whole.subarray(n * 65_536, (n + 1) * 65_536),
  );
  const params = { Bucket: BUCKET, Key: 'lib-storage', Body: Readable.from(chunks) };
  const answer = await new Upload({ client: s3.client, params }).done();
  expect(answer.ETag).toMatch(/-3"$/);
  const stored = await s3.client.send(
    new HeadObjectCommand({ Bucket: BUCKET, Key: 'lib-storage', ChecksumMode: 'ENABLED' }),
  );
  expect(stored).toMatchObject({ ContentLength: whole.length, ChecksumType: 'COMPOSITE' });
  const got = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'lib-storage' }));
  expect((await buffer(got.Body as Readable)).equals(whole)).toBe(true);
});
