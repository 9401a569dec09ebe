// The hashes that a cloud would have computed on upload, of a file that was never uploaded.

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Crc64 } from '../../../shared/checksums/crc64.ts';
import { identityOf } from './file-identity.ts';
import type { ContentHashes } from './folder-records.ts';
import { READ_CHUNK_BYTES } from './staged-file.ts';

/** Above this a file's ETag is made of its identity, not of its content, so that a listing reads no large file. */
export const MAX_MD5_BYTES = 16 * 1024 * 1024;

/** How often a look is taken at whether the file is being written to. */
const BYTES_BETWEEN_LOOKS = 64 * 1024 * 1024;

/** Undefined when the file is no longer this version. Throws what opening and reading it throw. */
export async function hashFile(
  path: string,
  identity: string,
  options: { withCrc64: boolean },
): Promise<ContentHashes | undefined> {
  const file = await open(path, 'r');
  try {
    const before = identityOf(await file.stat({ bigint: true }));
    if (before.text !== identity) return undefined;
    const md5 = before.sizeBytes <= MAX_MD5_BYTES ? createHash('md5') : undefined;
    const crc64 = options.withCrc64 ? new Crc64() : undefined;
    const buffer = Buffer.allocUnsafe(Math.min(READ_CHUNK_BYTES, before.sizeBytes + 1));
    for (let position = 0, lookAt = BYTES_BETWEEN_LOOKS; position < before.sizeBytes; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return undefined;
      const bytes = buffer.subarray(0, bytesRead);
      md5?.update(bytes);
      crc64?.update(bytes);
      position += bytesRead;
      if (position < lookAt && position < before.sizeBytes) continue;
      lookAt += BYTES_BETWEEN_LOOKS;
      if (identityOf(await file.stat({ bigint: true })).text !== identity) return undefined;
    }
    return { md5: md5?.digest('hex') ?? '', crc64: crc64?.digest().toString() };
  } finally {
    await file.close();
  }
}
