// What a cloud would say of a file, had it been uploaded in one request.

import { createHash } from 'node:crypto';
import { contentTypeOf } from './content-types.ts';
import { MAX_MD5_BYTES } from './hash-file.ts';
import type { DescribeFile } from './look-up.ts';

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** OSS: the MD5 in upper case and the CRC-64. S3: the MD5 in lower case. Both: `HEX32-N` where the content was not read. */
export function describeFileAs(cloud: 'oss' | 's3'): DescribeFile {
  return (key, identity, hashes) => {
    const isDirectory = key.endsWith('/');
    const md5 = isDirectory ? EMPTY_MD5 : hashes?.md5 || fingerprint(identity.text, identity.sizeBytes);
    const crc64 = isDirectory ? '0' : hashes?.crc64;
    const isOss = cloud === 'oss';
    return {
      etag: isOss ? md5.toUpperCase() : md5,
      headers: { 'content-type': isDirectory ? 'application/x-directory' : contentTypeOf(key) },
      metadata: {},
      tags: {},
      attributes: isOss ? { type: 'Normal', ...(crc64 === undefined ? {} : { crc64 }) } : {},
    };
  };
}

/** Shaped like the ETag of a multipart upload, which is no MD5 of the content either. */
function fingerprint(identity: string, sizeBytes: number): string {
  const parts = Math.max(1, Math.ceil(sizeBytes / MAX_MD5_BYTES));
  return `${createHash('md5').update(identity).digest('hex')}-${parts}`;
}
