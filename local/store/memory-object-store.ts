// A bucket in memory, for tests, benches and the demo. Bodies are lists of chunks and never joined. A version that was found stays
// readable for as long as its StoredObject is held, whatever is written over it.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { Accept, ObjectDetails, ObjectStore, StagedBytes, StoredObject } from './object-store.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface MemoryObjectStoreOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export class MemoryObjectStore implements ObjectStore {
  readonly #now: () => number;
  readonly #objects = new Map<string, StoredObject>();
  readonly #keys = new SortedKeys();
  readonly #contents = new WeakMap<StoredObject, readonly Uint8Array[]>();

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.#now = options.now ?? Date.now;
  }

  async find(key: string): Promise<StoredObject | undefined> {
    return this.#objects.get(key);
  }

  async list(options: { prefix: string; startAfter: string; limit: number }): Promise<StoredObject[]> {
    return this.#keys.list(options).flatMap(key => this.#objects.get(key) ?? []);
  }

  async *read(object: StoredObject, range: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    const chunks = this.#contents.get(object) ?? this.#contentOfEqual(object);
    let chunkStart = 0;
    for (const chunk of chunks) {
      const from = Math.max(range.start - chunkStart, 0);
      const to = Math.min(range.end - chunkStart, chunk.length);
      if (from < to) yield chunk.subarray(from, to);
      chunkStart += chunk.length;
      if (chunkStart >= range.end) return;
    }
  }

  async stage(): Promise<StagedBytes> {
    return new MemoryStagedBytes();
  }

  async commit(
    key: string,
    pieces: readonly StagedBytes[],
    details: ObjectDetails,
    accept?: Accept,
  ): Promise<StoredObject> {
    const chunks: Uint8Array[] = [];
    for (const piece of pieces) for await (const chunk of piece.read()) chunks.push(chunk);
    // Nothing is awaited from here on: `accept` and the change are one step.
    accept?.(this.#objects.get(key));
    return this.#put(key, details, chunks, new Date(this.#now()));
  }

  async describe(
    key: string,
    details: ObjectDetails,
    options: { accept?: Accept; keepLastModified?: boolean } = {},
  ): Promise<StoredObject | undefined> {
    const current = this.#objects.get(key);
    options.accept?.(current);
    if (current === undefined) return undefined;
    const lastModified = options.keepLastModified ? current.lastModified : new Date(this.#now());
    return this.#put(key, details, this.#contents.get(current) ?? [], lastModified);
  }

  async remove(key: string, accept?: Accept): Promise<StoredObject | undefined> {
    const current = this.#objects.get(key);
    accept?.(current);
    this.#objects.delete(key);
    this.#keys.delete(key);
    return current;
  }

  async close(): Promise<void> {
    this.#objects.clear();
  }

  #put(key: string, details: ObjectDetails, chunks: readonly Uint8Array[], lastModified: Date): StoredObject {
    const { etag, headers, metadata, tags, attributes } = details;
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const object: StoredObject = { key, sizeBytes, lastModified, etag, headers, metadata, tags, attributes };
    this.#contents.set(object, chunks);
    this.#objects.set(key, object);
    this.#keys.add(key);
    return object;
  }

  /** For a StoredObject that is a copy of ours: good while the key still holds the same version. */
  #contentOfEqual(object: StoredObject): readonly Uint8Array[] {
    const current = this.#objects.get(object.key);
    const isSame =
      current?.etag === object.etag &&
      current.sizeBytes === object.sizeBytes &&
      current.lastModified.getTime() === object.lastModified.getTime();
    const chunks = current && isSame ? this.#contents.get(current) : undefined;
    if (chunks !== undefined) return chunks;
    throw new BridgeError({
      kind: 'retryable',
      code: 'object-changed',
      message: 'The object was replaced or removed since it was looked up.',
      key: object.key,
    });
  }
}

class MemoryStagedBytes implements StagedBytes {
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    // A copy: the caller may use its buffer again, and a slice would keep a whole socket buffer alive.
    this.#chunks.push(Uint8Array.from(chunk));
    this.#sizeBytes += chunk.length;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    yield* this.#chunks;
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    this.#sizeBytes = 0;
  }
}
