// CRC-64/NVME: what S3 computes by itself when a client names no checksum. Not to be confused with OSS's CRC-64/XZ, which has another
// polynomial; neither can be had from the other. A plain table over two 32-bit halves.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

import type { CrcField } from './crc-combine.ts';

export const CRC64_NVME_FIELD: CrcField = { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64 };

const low = new Int32Array(256);
const high = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ CRC64_NVME_FIELD.polynomial : value >> 1n;
  low[byte] = Number(value & 0xffffffffn);
  high[byte] = Number(value >> 32n);
}

/** A running CRC-64/NVME. */
export class Crc64Nvme {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    let l = this.#low;
    let h = this.#high;
    for (const byte of bytes) {
      const index = (l ^ byte) & 0xff;
      l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0);
      h = (h >>> 8) ^ (high[index] ?? 0);
    }
    this.#low = l;
    this.#high = h;
  }

  digest(): bigint {
    return (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
  }
}
