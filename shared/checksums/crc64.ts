// CRC-64/XZ (ECMA-182 reflected, all ones in and out): what OSS keeps of every object as `x-oss-hash-crc64ecma`.
// https://www.alibabacloud.com/help/en/oss/developer-reference/check-data-transmission-integrity-by-using-crc-64
// Slice-by-8 over two 32-bit halves, because JavaScript has no fast 64-bit integers; words are little-endian, as on every machine that Node runs on
// in a cloud. A checksum is a bigint at the edges only.

const POLYNOMIAL_LOW = 0xd7870f42;
const POLYNOMIAL_HIGH = 0xc96c5795;
const POLYNOMIAL = 0xc96c5795d7870f42n;
const SLICES = 8;

const low = new Int32Array(256 * SLICES);
const high = new Int32Array(256 * SLICES);
for (let byte = 0; byte < 256; byte++) {
  let l = byte;
  let h = 0;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = l & 1;
    l = (l >>> 1) | (h << 31);
    h >>>= 1;
    if (isOdd) {
      l ^= POLYNOMIAL_LOW;
      h ^= POLYNOMIAL_HIGH;
    }
  }
  low[byte] = l;
  high[byte] = h;
}
for (let index = 256; index < 256 * SLICES; index++) {
  const previousLow = low[index - 256] as number;
  const previousHigh = high[index - 256] as number;
  const byte = previousLow & 0xff;
  low[index] = ((previousLow >>> 8) | (previousHigh << 24)) ^ (low[byte] as number);
  high[index] = (previousHigh >>> 8) ^ (high[byte] as number);
}

/** A running CRC-64/XZ. */
export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): this {
    // Up to the first word of the memory below, then two words at a time: twice as fast as putting them together from bytes.
    const head = Math.min(bytes.length, -bytes.byteOffset & 3);
    const words = (bytes.length - head) >>> 3;
    this.#updateBytes(bytes, 0, head);
    if (words > 0) this.#updateWords(new Int32Array(bytes.buffer, bytes.byteOffset + head, words * 2));
    this.#updateBytes(bytes, head + words * 8, bytes.length);
    return this;
  }

  #updateBytes(bytes: Uint8Array, start: number, end: number): void {
    let l = this.#low;
    let h = this.#high;
    for (let at = start; at < end; at++) {
      const byte = (l ^ (bytes[at] as number)) & 0xff;
      l = ((l >>> 8) | (h << 24)) ^ (low[byte] as number);
      h = (h >>> 8) ^ (high[byte] as number);
    }
    this.#low = l;
    this.#high = h;
  }

  #updateWords(words: Int32Array): void {
    let l = this.#low;
    let h = this.#high;
    for (let word = 0; word < words.length; word += 2) {
      l ^= words[word] as number;
      h ^= words[word + 1] as number;
      const a = 1792 + (l & 0xff);
      const b = 1536 + ((l >>> 8) & 0xff);
      const c = 1280 + ((l >>> 16) & 0xff);
      const d = 1024 + (l >>> 24);
      const e = 768 + (h & 0xff);
      const f = 512 + ((h >>> 8) & 0xff);
      const g = 256 + ((h >>> 16) & 0xff);
      const i = h >>> 24;
      l =
        (low[a] as number) ^
        (low[b] as number) ^
        (low[c] as number) ^
        (low[d] as number) ^
        (low[e] as number) ^
        (low[f] as number) ^
        (low[g] as number) ^
        (low[i] as number);
      h =
        (high[a] as number) ^
        (high[b] as number) ^
        (high[c] as number) ^
        (high[d] as number) ^
        (high[e] as number) ^
        (high[f] as number) ^
        (high[g] as number) ^
        (high[i] as number);
    }
    this.#low = l;
    this.#high = h;
  }

  digest(): bigint {
    return (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
  }
}

export function crc64(bytes: Uint8Array): bigint {
  return new Crc64().update(bytes).digest();
}

/** The product of two polynomials modulo the CRC's, bit-reflected (bit 63 is x^0). */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = 63n; bit >= 0n && factor !== 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ POLYNOMIAL : factor >> 1n;
  }
  return product;
}

/** x^(8 * lengthBytes): what appending that many bytes multiplies a checksum by. */
function shiftBy(lengthBytes: number): bigint {
  let power = 1n << 55n; // x^8
  let result = 1n << 63n; // x^0
  for (let exponent = BigInt(lengthBytes); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

let lastShift = { lengthBytes: 0, factor: 1n << 63n };

/** The checksum of A followed by B, from theirs and B's length alone. */
export function combineCrc64(a: bigint, b: bigint, lengthOfBBytes: number): bigint {
  if (lastShift.lengthBytes !== lengthOfBBytes) {
    lastShift = { lengthBytes: lengthOfBBytes, factor: shiftBy(lengthOfBBytes) };
  }
  return multiply(lastShift.factor, a) ^ b;
}
