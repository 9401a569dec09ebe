// CRC-32 (IEEE, as in zip): what S3 verifies of every part and, as the full-object type, of the whole.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
// The bytes go through zlib's (7 GB/s); only combining is ours.

import { crc32 as zlibCrc32 } from 'node:zlib';

const POLYNOMIAL = 0xedb88320;

/** Continues `seed` over more bytes. Node 20's zlib returns 0 for an empty chunk instead of the seed, so those are passed over. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return bytes.length === 0 ? seed : zlibCrc32(bytes, seed) >>> 0;
}

/** The product of two polynomials modulo the CRC's, bit-reflected (bit 31 is x^0). */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = 31; bit >= 0 && factor !== 0; bit--) {
    if ((a >>> bit) & 1) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}

function shiftBy(lengthBytes: number): number {
  let power = 1 << 23; // x^8
  let result = 0x80000000; // x^0
  for (let exponent = lengthBytes; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

/** The checksum of A followed by B, from theirs and B's length alone. */
export function combineCrc32(a: number, b: number, lengthOfBBytes: number): number {
  return (multiply(shiftBy(lengthOfBBytes), a) ^ b) >>> 0;
}

/** As S3's headers and XML carry it: base64 of the four bytes, big-endian. */
export function crc32ToBase64(checksum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum >>> 0);
  return bytes.toString('base64');
}

/** The inverse; undefined when it isn't four bytes of base64. */
export function crc32FromBase64(text: string): number | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node reads base64 that isn't any, such as the `-3` at the end of a checksum of checksums.
  return bytes.length === 4 && bytes.toString('base64') === text ? bytes.readUInt32BE() : undefined;
}
