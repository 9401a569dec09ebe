// Bytes that look random, don't compress, and are the same for the same seed: AES in counter mode over zeros.

import { createCipheriv, createHash } from 'node:crypto';

const CHUNK_BYTES = 256 * 1024;

export function* pseudoRandomBytes(seed: string, sizeBytes: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES)
    yield cipher.update(Buffer.alloc(Math.min(left, CHUNK_BYTES)));
}
