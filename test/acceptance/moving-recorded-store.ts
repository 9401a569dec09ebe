// A bucket in memory that forgets nothing: every version that a key ever had, in order, described by digests. And that can be held up, in the
// midst of a body and after a write, while a test changes something.

import { createHash } from 'node:crypto';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { Accept, ObjectDetails, ObjectStore, StagedBytes, StoredObject } from '../../local/store/object-store.ts';

export interface RecordedVersion {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RecordedStore extends ObjectStore {
  /** Oldest first; undefined: it was removed. */
  history(key: string): Promise<readonly (RecordedVersion | undefined)[]>;
  /** What is written meanwhile is of that time, other keys' as well. */
  asOf(time: Date, write: () => Promise<void>): Promise<void>;
  /** Frees the key's bytes and its history. */
  forget(key: string): Promise<void>;
}

export function createRecordedStore(): RecordedStore {
  let past: Date | undefined;
  const inner = new MemoryObjectStore({ now: () => past?.getTime() ?? Date.now() });
  const histories = new Map<string, (Promise<RecordedVersion> | undefined)[]>();

  /** The version's place in the history is taken in the same step as the change, so that the order is that of the changes. */
  const takePlace = (key: string) => {
    const history = histories.get(key) ?? [];
    histories.set(key, history);
    return { history, index: history.push(undefined) - 1 };
  };
  const recorded = (key: string, accept: Accept | undefined) => {
    let place: ReturnType<typeof takePlace> | undefined;
    const acceptAndRecord: Accept = current => {
      accept?.(current);
      place = takePlace(key);
    };
    const fill = (object: StoredObject) => {
      if (place !== undefined) place.history[place.index] = describe(inner, object);
      return object;
    };
    return { acceptAndRecord, fill };
  };

  return {
    find: key => inner.find(key),
    list: options => inner.list(options),
    read: (object, range) => inner.read(object, range),
    stage: () => inner.stage(),
    async commit(key: string, pieces: readonly StagedBytes[], details: ObjectDetails, accept?: Accept) {
      const { acceptAndRecord, fill } = recorded(key, accept);
      return fill(await inner.commit(key, pieces, details, acceptAndRecord));
    },
    async describe(key, details, options = {}) {
      const { acceptAndRecord, fill } = recorded(key, options.accept);
      const object = await inner.describe(key, details, {
        ...options,
        // An object that is missing has no new version.
        accept: current => (current === undefined ? options.accept?.(current) : acceptAndRecord(current)),
      });
      return object === undefined ? undefined : fill(object);
    },
    async remove(key, accept) {
      const removed = await inner.remove(key, accept);
      if (removed !== undefined) takePlace(key);
      return removed;
    },
    close: () => inner.close(),
    history: async key => await Promise.all(histories.get(key) ?? []),
    async asOf(time, write) {
      past = time;
      await write();
      past = undefined;
    },
    async forget(key) {
      await inner.remove(key);
      histories.delete(key);
    },
  };
}

async function describe(store: ObjectStore, object: StoredObject): Promise<RecordedVersion> {
  const { sizeBytes, headers, metadata } = object;
  const hash = createHash('sha256');
  for await (const chunk of store.read(object, { start: 0, end: sizeBytes })) hash.update(chunk);
  return { sizeBytes, sha256: hash.digest('hex'), headers, metadata };
}

/** Awaited at that very moment, whatever the key. */
export interface Pauses {
  inBody?(key: string): Promise<void>;
  afterWrite?(key: string): Promise<void>;
}

/** The same bucket, with pauses; others see it without. */
export function withPauses(store: ObjectStore, pauses: Pauses): ObjectStore {
  return {
    find: key => store.find(key),
    list: options => store.list(options),
    async *read(object, { start, end }) {
      const middle = start + Math.ceil((end - start) / 2);
      yield* store.read(object, { start, end: middle });
      await pauses.inBody?.(object.key);
      yield* store.read(object, { start: middle, end });
    },
    stage: () => store.stage(),
    async commit(key, pieces, details, accept) {
      const object = await store.commit(key, pieces, details, accept);
      await pauses.afterWrite?.(key);
      return object;
    },
    describe: (key, details, options) => store.describe(key, details, options),
    remove: (key, accept) => store.remove(key, accept),
    close: () => store.close(),
  };
}
