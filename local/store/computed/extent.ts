// What the content of an object in a computed store is a list of: stretches of the repetition, which cost nothing, and bytes that somebody
// really wrote. So an overwrite, an append and a change of metadata need no more memory than what they bring.

import { contentBlock, readRepetition } from './content-block.ts';
import { CRC32, CRC64, type CrcAlgorithm, RepetitionChecksum } from './repetition-checksum.ts';

export type Extent =
  /** Bytes [start, end) of the repetition. */
  | { readonly kind: 'computed'; readonly start: number; readonly end: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export function lengthOf(extent: Extent): number {
  return extent.kind === 'bytes' ? extent.bytes.length : extent.end - extent.start;
}

export function totalLengthOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, extent) => sum + lengthOf(extent), 0);
}

/** Bytes [start, end) of the content: slices of what is there, not to be written to. */
export function* readExtents(
  extents: readonly Extent[],
  range: { readonly start: number; readonly end: number },
): Generator<Uint8Array> {
  let extentStart = 0;
  for (const extent of extents) {
    const length = lengthOf(extent);
    const from = Math.max(range.start - extentStart, 0);
    const to = Math.min(range.end - extentStart, length);
    if (from < to) {
      if (extent.kind === 'bytes') yield extent.bytes.subarray(from, to);
      else yield* readRepetition({ start: extent.start + from, end: extent.start + to });
    }
    extentStart += length;
    if (extentStart >= range.end) return;
  }
}

interface RepetitionChecksums {
  readonly crc32: RepetitionChecksum<number>;
  readonly crc64: RepetitionChecksum<bigint>;
}

let ofRepetition: RepetitionChecksums | undefined;

/** Without reading the computed stretches: their length costs nothing. */
export function checksumsOf(extents: readonly Extent[]): { readonly crc32: number; readonly crc64: bigint } {
  // Made once a process, when first asked for.
  ofRepetition ??= {
    crc32: new RepetitionChecksum(contentBlock(), CRC32),
    crc64: new RepetitionChecksum(contentBlock(), CRC64),
  };
  return {
    crc32: combineExtents(extents, CRC32, ofRepetition.crc32),
    crc64: combineExtents(extents, CRC64, ofRepetition.crc64),
  };
}

function combineExtents<Value>(
  extents: readonly Extent[],
  algorithm: CrcAlgorithm<Value>,
  ofRepetition: RepetitionChecksum<Value>,
): Value {
  return extents.reduce((sum, extent) => {
    const value = extent.kind === 'bytes' ? algorithm.of([extent.bytes]) : ofRepetition.ofRange(extent);
    return sum === algorithm.zero ? value : algorithm.combine(sum, value, lengthOf(extent));
  }, algorithm.zero);
}
