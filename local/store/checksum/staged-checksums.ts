// Bytes in flight to a store that keeps none: counted and hashed as they arrive, then gone. Never is more than the caller's one chunk in memory.

import { combineCrc32, crc32 } from '../../../shared/checksums/crc32.ts';
import { Crc64, combineCrc64 } from '../../../shared/checksums/crc64.ts';
import type { ContentChecksums, StagedBytes } from '../object-store.ts';
import { readNotKept } from './bytes-not-kept.ts';

export interface SummedContent {
  readonly sizeBytes: number;
  readonly checksums: ContentChecksums;
}

export class StagedChecksums implements StagedBytes {
  #sizeBytes = 0;
  #crc32 = 0;
  readonly #crc64: Crc64 | undefined;

  constructor(options: { readonly withCrc64: boolean }) {
    this.#crc64 = options.withCrc64 ? new Crc64() : undefined;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get checksums(): ContentChecksums {
    return { crc32: this.#crc32, crc64: this.#crc64?.digest() };
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#sizeBytes += chunk.length;
    this.#crc32 = crc32(chunk, this.#crc32);
    this.#crc64?.update(chunk);
  }

  read(): AsyncIterable<Uint8Array> {
    return readNotKept(this.#sizeBytes);
  }

  /** There is nothing to free. */
  async discard(): Promise<void> {}
}

/** A copy of what an object is known by. */
export class StagedSummary implements StagedBytes {
  readonly sizeBytes: number;
  readonly checksums: ContentChecksums;

  constructor({ sizeBytes, checksums }: SummedContent) {
    this.sizeBytes = sizeBytes;
    this.checksums = checksums;
  }

  async write(): Promise<void> {
    throw new TypeError('A copy of an object is whole already.');
  }

  read(): AsyncIterable<Uint8Array> {
    return readNotKept(this.sizeBytes);
  }

  async discard(): Promise<void> {}
}

/** What the pieces, one after the other, are known by. A CRC-64 only where every piece that has bytes has one. */
export function joinSummaries(pieces: readonly SummedContent[]): SummedContent {
  let sizeBytes = 0;
  let crc32OfAll = 0;
  let crc64OfAll: bigint | undefined = 0n;
  for (const { sizeBytes: length, checksums } of pieces) {
    if (length === 0) continue;
    sizeBytes += length;
    crc32OfAll = combineCrc32(crc32OfAll, checksums.crc32, length);
    const { crc64 } = checksums;
    crc64OfAll = crc64 === undefined || crc64OfAll === undefined ? undefined : combineCrc64(crc64OfAll, crc64, length);
  }
  return { sizeBytes, checksums: { crc32: crc32OfAll, crc64: crc64OfAll } };
}
