// A bucket whose objects are computed, not kept: 20 GiB objects and ten million keys cost no memory. What an object is made of follows from its
// seed and its size alone (computed/content-block.ts), its key from its place in a family or a list (computed/key-sequence.ts). What is then
// really written, described anew or removed is kept in memory on top. A version that was found stays readable for as long as its
// StoredObject is held, whatever is written over it. What is read are slices of shared memory: not to be written to.

import { compareUtf8 } from '../../shared/utf8-order.ts';
import {
  type Cloud,
  type ComputedDescription,
  type ComputedObject,
  computeObject,
} from './computed/computed-details.ts';
import { ComputedObjects, type ListedKey } from './computed/computed-objects.ts';
import { checksumsOf, type Extent, readExtents, totalLengthOf } from './computed/extent.ts';
import type { ComputedFamily } from './computed/key-sequence.ts';
import { mergeSequences } from './computed/merge-sequences.ts';
import { StagedExtents } from './computed/staged-extents.ts';
import type {
  Accept,
  ContentChecksums,
  ObjectDetails,
  ObjectStore,
  StagedBytes,
  StoredObject,
} from './object-store.ts';
import { isSameVersion, objectChanged } from './same-version.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface ComputedObjectStoreOptions {
  readonly objects?: readonly (ComputedDescription & { readonly key: string })[];
  /** Where several have one key, `objects` count before them, and the first family before the others. */
  readonly families?: readonly ComputedFamily[];
  /** Whose ETags and attributes computed objects have. Default: oss. */
  readonly details?: Cloud;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export class ComputedObjectStore implements ObjectStore {
  readonly #cloud: Cloud;
  readonly #now: () => number;
  readonly #computed: ComputedObjects;
  /** What was written, or undefined for what was removed. */
  readonly #changes = new Map<string, ComputedObject | undefined>();
  readonly #changedKeys = new SortedKeys();
  readonly #contents = new WeakMap<StoredObject, readonly Extent[]>();

  /** Throws RangeError when the keys of a family would not ascend. */
  constructor({ objects = [], families = [], details = 'oss', now = Date.now }: ComputedObjectStoreOptions) {
    this.#cloud = details;
    this.#now = now;
    this.#computed = new ComputedObjects({ cloud: details, objects, families });
  }

  async find(key: string): Promise<StoredObject | undefined> {
    return this.#current(key);
  }

  async list(options: { prefix: string; startAfter: string; limit: number }): Promise<StoredObject[]> {
    const { prefix, startAfter, limit } = options;
    const found: StoredObject[] = [];
    if (limit <= 0) return found;
    const start = compareUtf8(startAfter, prefix) < 0 ? prefix : startAfter;
    for (const { key, compute } of mergeSequences([this.#changesFrom(start), ...this.#computed.from(start)])) {
      if (!key.startsWith(prefix)) break;
      if (compute === undefined || key === startAfter) continue;
      found.push(this.#remember(compute()));
      if (found.length >= limit) break;
    }
    return found;
  }

  async *read(object: StoredObject, range: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    yield* readExtents(this.#contentOf(object), range);
  }

  async stage(): Promise<StagedBytes> {
    return new StagedExtents();
  }

  async checksumsOf(object: StoredObject): Promise<ContentChecksums> {
    return checksumsOf(this.#contentOf(object));
  }

  async stageCopy(object: StoredObject): Promise<StagedBytes> {
    return new StagedExtents(this.#contentOf(object));
  }

  async commit(
    key: string,
    pieces: readonly StagedBytes[],
    details: ObjectDetails,
    accept?: Accept,
  ): Promise<StoredObject> {
    const content: Extent[] = [];
    for (const piece of pieces) {
      if (piece instanceof StagedExtents) for (const extent of piece.extents) content.push(extent);
      else for await (const bytes of piece.read()) content.push({ kind: 'bytes', bytes: new Uint8Array(bytes) });
    }
    // Nothing is awaited from here on: `accept` and the change are one step.
    accept?.(this.#current(key));
    return this.#write({ key, details, content, lastModified: new Date(this.#now()) });
  }

  async describe(
    key: string,
    details: ObjectDetails,
    options: { accept?: Accept; keepLastModified?: boolean } = {},
  ): Promise<StoredObject | undefined> {
    const current = this.#current(key);
    options.accept?.(current);
    if (current === undefined) return undefined;
    const lastModified = options.keepLastModified ? current.lastModified : new Date(this.#now());
    return this.#write({ key, details, content: this.#contentOf(current), lastModified });
  }

  async remove(key: string, accept?: Accept): Promise<StoredObject | undefined> {
    const current = this.#current(key);
    accept?.(current);
    if (this.#computed.has(key)) {
      this.#change(key, undefined);
    } else {
      this.#changes.delete(key);
      this.#changedKeys.delete(key);
    }
    return current;
  }

  /** Puts an object of computed content over whatever the key holds, as if it had just been uploaded: no memory, whatever its size. */
  putComputed(object: ComputedDescription & { readonly key: string }): StoredObject {
    const place = { key: object.key, cloud: this.#cloud, lastModified: new Date(this.#now()) };
    const computed = computeObject(place, object);
    this.#change(object.key, computed);
    return this.#remember(computed);
  }

  async close(): Promise<void> {
    this.#changes.clear();
  }

  #current(key: string): StoredObject | undefined {
    const current = this.#changes.has(key) ? this.#changes.get(key) : this.#computed.find(key);
    return current === undefined ? undefined : this.#remember(current);
  }

  #write(options: {
    readonly key: string;
    readonly details: ObjectDetails;
    readonly content: readonly Extent[];
    readonly lastModified: Date;
  }): StoredObject {
    const { key, content, lastModified } = options;
    const { etag, headers, metadata, tags, attributes } = options.details;
    const sizeBytes = totalLengthOf(content);
    const object: StoredObject = { key, sizeBytes, lastModified, etag, headers, metadata, tags, attributes };
    this.#change(key, { object, content });
    return this.#remember({ object, content });
  }

  #change(key: string, change: ComputedObject | undefined): void {
    this.#changes.set(key, change);
    this.#changedKeys.add(key);
  }

  #remember({ object, content }: ComputedObject): StoredObject {
    this.#contents.set(object, content);
    return object;
  }

  *#changesFrom(start: string): Generator<ListedKey> {
    for (const key of this.#changedKeys.from(start)) {
      const change = this.#changes.get(key);
      yield { key, compute: change === undefined ? undefined : () => change };
    }
  }

  #contentOf(object: StoredObject): readonly Extent[] {
    const known = this.#contents.get(object);
    if (known !== undefined) return known;
    const current = this.#current(object.key);
    const content = current && isSameVersion(current, object) ? this.#contents.get(current) : undefined;
    if (content !== undefined) return content;
    throw objectChanged(object.key);
  }
}
