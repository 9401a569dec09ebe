// What computed objects are made of: one block of bytes that look random, repeated without end. Its length is a prime just above 1 MiB, so
// that no part size, chunk size or page size divides it: parts that are swapped, shifted or repeated differ from those that belong there.

import { crc32 } from '../../../shared/checksums/crc32.ts';
import { pseudoRandomBytes } from '../../demo/pseudo-random-bytes.ts';

export const BLOCK_BYTES = 1_048_583;
/** No slice is longer: a reader that waits for its socket holds no more. */
const MAX_SLICE_BYTES = 256 * 1024;

let block: Buffer | undefined;

/** Made once a process, when first asked for. Not to be written to: every slice shares its memory. */
export function contentBlock(): Buffer {
  block ??= Buffer.concat([...pseudoRandomBytes('computed objects', BLOCK_BYTES)]);
  return block;
}

/** Where in the repetition the content of this seed begins: 0 <= it < BLOCK_BYTES. */
export function startOf(seed: string): number {
  return crc32(Buffer.from(seed, 'utf8')) % BLOCK_BYTES;
}

/** Bytes [start, end) of the repetition, as slices of the block: nothing is copied. */
export function* readRepetition({ start, end }: { start: number; end: number }): Generator<Uint8Array> {
  const bytes = contentBlock();
  for (let at = start; at < end; ) {
    const from = at % BLOCK_BYTES;
    const length = Math.min(MAX_SLICE_BYTES, BLOCK_BYTES - from, end - at);
    yield bytes.subarray(from, from + length);
    at += length;
  }
}
