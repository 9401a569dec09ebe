// The checksum of any stretch of the endless repetition of one block, in O(log n): of 2^k blocks by doubling, of a piece of one block from
// what was computed up to the last milestone in it, and of a stretch from those of its two ends, because combining can be undone:
// combine(A, B, |B|) = AB, and combine(A, AB, |B|) = B. What is no longer than a block is hashed as it is: that is quicker.

import { combineCrc32, crc32 } from '../../../shared/checksums/crc32.ts';
import { Crc64, combineCrc64 } from '../../../shared/checksums/crc64.ts';

/** A CRC with all ones in and out, whose value of nothing is `zero`. */
export interface CrcAlgorithm<Value> {
  readonly zero: Value;
  of(pieces: Iterable<Uint8Array>): Value;
  /** The value of A followed by B. */
  combine(a: Value, b: Value, lengthOfBBytes: number): Value;
}

export const CRC32: CrcAlgorithm<number> = {
  zero: 0,
  of: pieces => {
    let value = 0;
    for (const bytes of pieces) value = crc32(bytes, value);
    return value;
  },
  combine: combineCrc32,
};

export const CRC64: CrcAlgorithm<bigint> = {
  zero: 0n,
  of: pieces => {
    const running = new Crc64();
    for (const bytes of pieces) running.update(bytes);
    return running.digest();
  },
  combine: combineCrc64,
};

const MILESTONE_BYTES = 64 * 1024;

export class RepetitionChecksum<Value> {
  readonly #block: Uint8Array;
  readonly #algorithm: CrcAlgorithm<Value>;
  /** Of the block's first 0, 1, 2, … milestones. */
  readonly #milestones: Value[];
  /** Of 1, 2, 4, 8, … blocks, as far as somebody needed it. */
  readonly #doublings: Value[];

  constructor(block: Uint8Array, algorithm: CrcAlgorithm<Value>) {
    this.#block = block;
    this.#algorithm = algorithm;
    let value = algorithm.zero;
    this.#milestones = [value];
    for (let at = 0; at < block.length; at += MILESTONE_BYTES) {
      const piece = block.subarray(at, at + MILESTONE_BYTES);
      value = algorithm.combine(value, algorithm.of([piece]), piece.length);
      this.#milestones.push(value);
    }
    this.#doublings = [value];
  }

  /** Of the bytes [start, end) of the repetition. */
  ofRange({ start, end }: { readonly start: number; readonly end: number }): Value {
    const block = this.#block;
    if (end - start > block.length) {
      return this.#algorithm.combine(this.#ofFirst(start), this.#ofFirst(end), end - start);
    }
    const from = start % block.length;
    const to = from + end - start;
    return this.#algorithm.of([block.subarray(from, to), block.subarray(0, Math.max(to - block.length, 0))]);
  }

  #ofFirst(lengthBytes: number): Value {
    const { combine, of, zero } = this.#algorithm;
    const block = this.#block;
    let value = zero;
    for (let power = 0, blocks = Math.floor(lengthBytes / block.length); blocks > 0; power++) {
      if (blocks % 2 === 1) value = combine(value, this.#ofDoubling(power), 2 ** power * block.length);
      blocks = Math.floor(blocks / 2);
    }
    const restBytes = lengthBytes % block.length;
    const milestone = Math.floor(restBytes / MILESTONE_BYTES);
    const piece = block.subarray(milestone * MILESTONE_BYTES, restBytes);
    const rest = combine(this.#milestones[milestone] ?? zero, of([piece]), piece.length);
    return combine(value, rest, restBytes);
  }

  #ofDoubling(power: number): Value {
    const { combine, zero } = this.#algorithm;
    for (let known = this.#doublings.length; known <= power; known++) {
      const half = this.#doublings.at(-1) ?? zero;
      this.#doublings.push(combine(half, half, 2 ** (known - 1) * this.#block.length));
    }
    return this.#doublings[power] ?? zero;
  }
}
