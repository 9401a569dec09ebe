// Bytes in flight to a computed store, or a copy of what it has already.

import type { StagedBytes } from '../object-store.ts';
import { type Extent, readExtents, totalLengthOf } from './extent.ts';

export class StagedExtents implements StagedBytes {
  #extents: Extent[];
  #sizeBytes: number;

  constructor(extents: readonly Extent[] = []) {
    this.#extents = [...extents];
    this.#sizeBytes = totalLengthOf(extents);
  }

  get extents(): readonly Extent[] {
    return this.#extents;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    // A copy: the caller may use its buffer again, and a slice would keep a whole socket buffer alive.
    this.#extents.push({ kind: 'bytes', bytes: new Uint8Array(chunk) });
    this.#sizeBytes += chunk.length;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    yield* readExtents(this.#extents, { start: 0, end: this.#sizeBytes });
  }

  async discard(): Promise<void> {
    this.#extents = [];
    this.#sizeBytes = 0;
  }
}
