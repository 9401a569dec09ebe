// Bytes in flight as a file in the state folder. It is opened for each write and closed again: a multipart upload of 10,000 parts at
// rest must not hold 10,000 descriptors.

import { appendFile, open, rm } from 'node:fs/promises';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { StagedBytes } from '../object-store.ts';

/** Files are read in pieces of this size. */
export const READ_CHUNK_BYTES = 256 * 1024;

export class StagedFile implements StagedBytes {
  readonly path: string;
  #sizeBytes = 0;
  #isSpent = false;

  constructor(path: string) {
    this.path = path;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#assertUsable();
    await appendFile(this.path, chunk, { mode: 0o666 });
    this.#sizeBytes += chunk.length;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    this.#assertUsable();
    if (this.#sizeBytes === 0) return;
    const file = await open(this.path, 'r');
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_CHUNK_BYTES), 0, READ_CHUNK_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /** The file has become an object's: it is no longer ours to read or remove. */
  spend(): void {
    this.#isSpent = true;
  }

  async discard(): Promise<void> {
    if (this.#isSpent) return;
    this.#isSpent = true;
    await rm(this.path, { force: true });
  }

  #assertUsable(): void {
    if (!this.#isSpent) return;
    throw new BridgeError({
      kind: 'permanent',
      code: 'staged-bytes-spent',
      message: 'These bytes were committed or discarded already.',
    });
  }
}
