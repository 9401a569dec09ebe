// CRC-32C (Castagnoli), one of the checksums that a client of S3 may choose. A plain table: the stand-in needs no speed here.

import type { CrcField } from './crc-combine.ts';

export const CRC32C_FIELD: CrcField = { polynomial: 0x82f63b78n, bits: 32 };

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** Continues `seed` over more bytes. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  let value = ~seed;
  for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}
