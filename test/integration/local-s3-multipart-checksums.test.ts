import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GetObjectAttributesCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChecksumHasher } from '../../local/s3/checksums/checksum-algorithms.ts';
import { BUCKET, type LocalS3, startLocalS3 } from './local-s3-harness.ts';
import {
  crc,
  crc32FullObject,
  createUpload,
  expectedEtag,
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

describe('a full-object CRC-32', () => {
  it('is verified against the combination of the parts and kept with the object', async () => {
    const upload = await createUpload(s3, {
      ...crc32FullObject,
      Metadata: { a: '1' },
      ContentType: 'text/x',
      Tagging: 't=1',
    });
    const parts = await sendParts(upload);
    const answer = await upload.complete(parts, {
      ChecksumCRC32: crc(whole),
      ChecksumType: 'FULL_OBJECT',
      MpuObjectSize: whole.length,
      IfNoneMatch: '*',
    });
    expect(answer).toMatchObject({ ETag: expectedEtag, ChecksumCRC32: crc(whole), ChecksumType: 'FULL_OBJECT' });
    const command = { Bucket: BUCKET, Key: upload.Key, ChecksumMode: 'ENABLED' as const };
    const got = await s3.client.send(new GetObjectCommand(command));
    expect((await buffer(got.Body as Readable)).equals(whole)).toBe(true);
    expect(got).toMatchObject({ ChecksumCRC32: crc(whole), Metadata: { a: '1' }, ContentType: 'text/x', TagCount: 1 });
    await expect(upload.complete(parts)).rejects.toMatchObject(failure('NoSuchUpload', 404));
  });

  it('that is wrong refuses the object and leaves the upload', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    const parts = await sendParts(upload);
    const wrong = { ChecksumCRC32: crc(part1) };
    await expect(upload.complete(parts, wrong)).rejects.toMatchObject(failure('BadDigest'));
    await expect(upload.complete(parts, { MpuObjectSize: 1 })).rejects.toMatchObject(failure('InvalidRequest'));
    await expect(upload.complete(parts, { ChecksumType: 'COMPOSITE' })).rejects.toMatchObject(failure('BadDigest'));
    expect(await s3.store.find(upload.Key)).toBeUndefined();
    await upload.complete(parts, { ChecksumCRC32: crc(whole) });
  });

  it('is computed by the server for parts that come without one', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    const { ETag, ChecksumCRC32 } = await upload.part(1, part3);
    expect(ChecksumCRC32).toBe(crc(part3));
    expect((await upload.complete([{ PartNumber: 1, ETag }])).ChecksumCRC32).toBe(crc(part3));
  });

  it('refuses a part whose own checksum is wrong or of another kind', async () => {
    const upload = await createUpload(s3, crc32FullObject);
    await expect(upload.part(1, part3, { ChecksumCRC32: crc(part1) })).rejects.toMatchObject(failure('BadDigest'));
    await expect(upload.part(1, part3, { ChecksumAlgorithm: 'SHA256' })).rejects.toMatchObject(
      failure('InvalidRequest'),
    );
    expect((await upload.listParts()).Parts ?? []).toEqual([]);
  });
});

describe('checksum kinds', () => {
  it('composes part checksums by default, and lists the parts of such an object', async () => {
    const upload = await createUpload(s3, { ChecksumAlgorithm: 'CRC32' });
    const parts = await sendParts(upload);
    const answer = await upload.complete(parts);
    const digests = parts.map(part => Buffer.from(part.ChecksumCRC32 ?? '', 'base64'));
    const composite = crc(Buffer.concat(digests));
    expect(answer).toMatchObject({ ChecksumCRC32: `${composite}-3`, ChecksumType: 'COMPOSITE' });
    const attributes = await s3.client.send(
      new GetObjectAttributesCommand({
        Bucket: BUCKET,
        Key: upload.Key,
        ObjectAttributes: ['Checksum', 'ObjectParts'],
        MaxParts: 2,
      }),
    );
    expect(attributes.Checksum?.ChecksumCRC32).toBe(composite);
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 3, IsTruncated: true, NextPartNumberMarker: '2' });
    expect(attributes.ObjectParts?.Parts).toMatchObject([
      { PartNumber: 1, Size: part1.length, ChecksumCRC32: crc(part1) },
      { PartNumber: 2, Size: part2.length, ChecksumCRC32: crc(part2) },
    ]);
  });

  it('insists on part checksums for a composite', async () => {
    const upload = await createUpload(s3, { ChecksumAlgorithm: 'CRC32' });
    await expect(upload.part(1, part3)).rejects.toMatchObject(failure('InvalidRequest'));
    const { ETag } = await upload.part(1, part3, { ChecksumCRC32: crc(part3) });
    await expect(upload.complete([{ PartNumber: 1, ETag }])).rejects.toMatchObject(failure('InvalidRequest'));
  });

  it.each([
    ['CRC64NVME', {}],
    ['CRC64NVME', { ChecksumAlgorithm: 'CRC64NVME' }],
    ['CRC32C', { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' }],
  ] as const)('combines %s from the parts (%o)', async (algorithm, options) => {
    const upload = await createUpload(s3, options);
    const bodies = [part1, part3];
    const parts = [];
    for (const [index, body] of bodies.entries()) {
      parts.push({ PartNumber: index + 1, ETag: (await upload.part(index + 1, body)).ETag });
    }
    const hasher = createChecksumHasher(algorithm);
    for (const body of bodies) hasher.update(body);
    const answer = await upload.complete(parts);
    expect(answer[`Checksum${algorithm}`]).toBe(hasher.digest().toString('base64'));
    expect(answer.ChecksumType).toBe('FULL_OBJECT');
  });

  it.each([
    ['a type without an algorithm', { ChecksumType: 'FULL_OBJECT' }],
    ['SHA-256 as a full object', { ChecksumType: 'FULL_OBJECT', ChecksumAlgorithm: 'SHA256' }],
    ['CRC64NVME as a composite', { ChecksumType: 'COMPOSITE', ChecksumAlgorithm: 'CRC64NVME' }],
  ] as const)('refuses %s', async (_, options) => {
    await expect(createUpload(s3, options)).rejects.toMatchObject(failure('InvalidRequest'));
  });
});
