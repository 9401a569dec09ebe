// The checksum of two pieces from the pieces' own checksums, for any bit-reflected CRC with all ones in and out. It is what lets S3
// give a full-object checksum for a multipart upload without reading it again.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#Full-object-checksums

export interface CrcField {
  /** Bit-reflected, without its highest term. */
  readonly polynomial: bigint;
  readonly bits: 32 | 64;
}

function multiply(field: CrcField, a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = BigInt(field.bits) - 1n; bit >= 0n && factor !== 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ field.polynomial : factor >> 1n;
  }
  return product;
}

function shiftBy(field: CrcField, lengthBytes: number): bigint {
  const highest = BigInt(field.bits) - 1n;
  let power = 1n << (highest - 8n); // x^8
  let shift = 1n << highest; // x^0
  for (let exponent = BigInt(lengthBytes); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) shift = multiply(field, shift, power);
    power = multiply(field, power, power);
  }
  return shift;
}

/** All parts but the last are of one length: 10,000 of them would hold up everybody else for half a second. */
let lastShift: { readonly field: CrcField; readonly lengthBytes: number; readonly factor: bigint } | undefined;

/** The checksum of A followed by B. */
export function combineCrc(field: CrcField, a: bigint, b: bigint, lengthOfBBytes: number): bigint {
  if (lastShift?.field !== field || lastShift.lengthBytes !== lengthOfBBytes) {
    lastShift = { field, lengthBytes: lengthOfBBytes, factor: shiftBy(field, lengthOfBBytes) };
  }
  return multiply(field, lastShift.factor, a) ^ b;
}
