// Multipart uploads whose parts carry exactly the checksums that a test says, and the bodies that such tests share.

import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  ListPartsCommand,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { crc32, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { BUCKET, clientOf, type LocalS3 } from './local-s3-harness.ts';

const MIB = 1024 * 1024;
export const part1 = randomBytes(5 * MIB);
export const part2 = randomBytes(5 * MIB + 1);
export const part3 = randomBytes(1000);
export const whole = Buffer.concat([part1, part2, part3]);
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
export const expectedEtag = `"${md5(Buffer.concat([md5(part1), md5(part2), md5(part3)])).toString('hex')}-3"`;
export const crc = (bytes: Buffer) => crc32ToBase64(crc32(bytes));

let keyCount = 0;

/** An upload of its own key. The client computes no checksum by itself: what is sent is what a test says. */
export async function createUpload(s3: LocalS3, options: Partial<CreateMultipartUploadCommandInput> = {}) {
  const client = clientOf(s3.server.endpoint, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  const Key = options.Key ?? `multipart-${keyCount++}`;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, ...options, Key }));
  const identity = { Bucket: BUCKET, Key, UploadId };
  return {
    ...identity,
    part: (PartNumber: number, Body: Buffer, extra: Partial<UploadPartCommandInput> = {}) =>
      client.send(new UploadPartCommand({ ...identity, PartNumber, Body, ...extra })),
    complete: (
      Parts: NonNullable<CompleteMultipartUploadCommandInput['MultipartUpload']>['Parts'],
      extra: Partial<CompleteMultipartUploadCommandInput> = {},
    ) => client.send(new CompleteMultipartUploadCommand({ ...identity, MultipartUpload: { Parts }, ...extra })),
    abort: () => client.send(new AbortMultipartUploadCommand(identity)),
    listParts: (extra: object = {}) => client.send(new ListPartsCommand({ ...identity, ...extra })),
  };
}

type OpenUpload = Awaited<ReturnType<typeof createUpload>>;

export async function sendParts(upload: OpenUpload, bodies = [part1, part2, part3]) {
  const parts = [];
  for (const [index, body] of bodies.entries()) {
    const { ETag, ChecksumCRC32 } = await upload.part(index + 1, body, { ChecksumCRC32: crc(body) });
    parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32 });
  }
  return parts;
}

export const crc32FullObject = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
export const failure = (name: string, httpStatusCode = 400) => ({ name, $metadata: { httpStatusCode } });
