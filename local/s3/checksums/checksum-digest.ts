// What a part's ETag is of where the store asks for something cheaper than MD5: the CRC-32 and the length. As with MD5, the same bytes have the
// same ETag and other bytes another; as with ETags under a KMS key, no client can compute it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (ETag)

import { createHash } from 'node:crypto';

/** 16 bytes, in place of an MD5. */
export function checksumDigest({ crc32, sizeBytes }: { crc32: number; sizeBytes: number }): Buffer {
  return createHash('md5').update(`${crc32}:${sizeBytes}`).digest();
}
