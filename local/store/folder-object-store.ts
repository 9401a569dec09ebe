// A folder that IS a bucket: every file below it is an object, nothing is copied first, and what is uploaded is there as plain files.
// An empty directory is the object `name/` of 0 bytes, so `diff -r` of two such folders says whether they hold the same.
//
// Details that a file cannot carry live in the state folder (folder/folder-records.ts), and so do the bytes of objects whose keys
// cannot be paths. Uploads are staged in the state folder and moved into place by rename, so nobody sees half a file; if that
// is another file system, they are copied to a hidden file on the target's first. A change and the look before it are one synchronous
// step (folder/look-up.ts, folder/change-folder.ts). One process at a time may have a state folder open; people may change files
// whenever they like. Not handled: file systems that fold case or normalise Unicode.

import { setImmediate } from 'node:timers/promises';
import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { placeBlob, placeDirectory, placeFile, removeEverywhere } from './folder/change-folder.ts';
import { describeFileAs } from './folder/describe-file.ts';
import { DirectoryCache } from './folder/directory-cache.ts';
import { FileHasher } from './folder/file-hasher.ts';
import { identityOf, statPath } from './folder/file-identity.ts';
import { writablePlace } from './folder/key-path.ts';
import { type LeftOutReason, type OnLeftOut, once } from './folder/left-out.ts';
import { type KnownSighting, lookUp } from './folder/look-up.ts';
import { mergeKeys } from './folder/merge-keys.ts';
import { type FolderState, openFolderState } from './folder/open-folder-state.ts';
import { readVersion } from './folder/read-version.ts';
import { copyBeside, isWithinReach, joinPieces, randomName, removeCopy } from './folder/stage-pieces.ts';
import { StagedFile } from './folder/staged-file.ts';
import { walkKeys } from './folder/walk-keys.ts';
import { type WatchOptions, watchFolder } from './folder/watch-folder.ts';
import type { Accept, ObjectDetails, ObjectStore, StagedBytes, StoredObject } from './object-store.ts';

export interface FolderObjectStoreOptions {
  readonly folder: string;
  /** Outside of the folder; made when missing. */
  readonly stateFolder: string;
  /** Refuses every change. The state folder is written all the same (computed hashes). */
  readonly readOnly?: boolean;
  /** In which cloud's terms a file that nobody uploaded is described; 'oss' unless told. */
  readonly details?: 'oss' | 's3';
  /** What is no object: broken links, devices, names that are not UTF-8, … Once for each path and reason. */
  readonly onLeftOut?: (path: string, reason: LeftOutReason) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface FolderObjectStore extends ObjectStore {
  /** The folder without symbolic links. */
  readonly folder: string;
  /** Reports what people add or change since the store was opened; returns when the signal is aborted. */
  watch(options: WatchOptions): Promise<void>;
}

/** How often a file that changes while it is looked at is looked at again. */
const MAX_LOOKS = 20;
const CONCURRENT_HASHES = 8;
const KEYS_BETWEEN_PAUSES = 500;

/** Throws `folder-missing` and `folders-overlap`. */
export async function openFolderObjectStore(options: FolderObjectStoreOptions): Promise<FolderObjectStore> {
  const openedAtMilliseconds = Date.now();
  const { readOnly = false, details = 'oss', onLeftOut, now = Date.now } = options;
  const state = openFolderState({ folder: options.folder, stateFolder: options.stateFolder, readOnly });
  return new FileBackedStore(state, {
    readOnly,
    cloud: details,
    onLeftOut: once(onLeftOut),
    now,
    openedAtMilliseconds,
  });
}

interface Settings {
  readonly readOnly: boolean;
  readonly cloud: 'oss' | 's3';
  readonly onLeftOut: OnLeftOut;
  readonly now: () => number;
  readonly openedAtMilliseconds: number;
}

class FileBackedStore implements FolderObjectStore {
  readonly folder: string;
  readonly #settings: Settings;
  readonly #context;
  readonly #hasher: FileHasher;
  readonly #sightings = new WeakMap<StoredObject, KnownSighting>();

  constructor(state: FolderState, settings: Settings) {
    this.folder = state.folder;
    this.#settings = settings;
    this.#hasher = new FileHasher(state.records, { withCrc64: settings.cloud === 'oss' });
    const cache = new DirectoryCache(settings.onLeftOut);
    const describeFile = describeFileAs(settings.cloud);
    this.#context = { ...state, cache, describeFile, onLeftOut: settings.onLeftOut };
  }

  async find(key: string): Promise<StoredObject | undefined> {
    return this.#withSighting(key, sighting => sighting?.object);
  }

  async list(options: { prefix: string; startAfter: string; limit: number }): Promise<StoredObject[]> {
    const { prefix, startAfter, limit } = options;
    const objects: StoredObject[] = [];
    if (limit <= 0) return objects;
    let batch: string[] = [];
    const takeBatch = async () => {
      const found = await Promise.all(batch.map(key => this.#findListed(key)));
      objects.push(...found.filter(object => object !== undefined));
      batch = [];
    };
    for await (const key of this.#keys({ prefix, startAfter, limit })) {
      batch.push(key);
      if (batch.length >= Math.min(CONCURRENT_HASHES, limit - objects.length)) await takeBatch();
      if (objects.length >= limit) return objects;
    }
    await takeBatch();
    return objects;
  }

  async *read(object: StoredObject, range: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    yield* readVersion(object, this.#sightings.get(object) ?? (await this.#sightingOfEqual(object)), range);
  }

  async stage(): Promise<StagedBytes> {
    this.#assertWritable();
    return new StagedFile(`${this.#context.stagedFolder}/${randomName()}`);
  }

  async commit(
    key: string,
    pieces: readonly StagedBytes[],
    details: ObjectDetails,
    accept?: Accept,
  ): Promise<StoredObject> {
    this.#assertWritable(key);
    const staged = await joinPieces(this.#context, pieces);
    let copy: string | undefined;
    try {
      for (let look = 0; look < MAX_LOOKS; look++) {
        const source = copy ?? staged.path;
        const committed = await this.#withSighting(key, current => {
          const place = key.endsWith('/') && staged.sizeBytes > 0 ? undefined : writablePlace(this.folder, key);
          const needsFile = place !== undefined && !key.endsWith('/');
          if (needsFile && !isWithinReach(this.#context, source, place)) return place;
          accept?.(current?.object);
          const record = { details: copyOf(details), lastModifiedMilliseconds: this.#settings.now() };
          if (place === undefined) {
            placeBlob(this.#context, key, staged.path, { ...record, fileName: randomName() });
          } else if (needsFile) placeFile(this.#context, key, place, source, record);
          else placeDirectory(this.#context, key, place, record);
          if (source === staged.path && (place === undefined || needsFile)) staged.spend();
          return this.#lookUpNow(key);
        });
        if (!('path' in committed)) {
          for (const piece of pieces) await piece.discard(); // They are spent: no file of theirs stays behind.
          return committed;
        }
        copy = await copyBeside(this.#context, staged.path, committed);
      }
      throw objectChanged(key);
    } finally {
      if (copy !== undefined) await removeCopy(this.#context, copy);
      if (!pieces.includes(staged)) await staged.discard();
    }
  }

  async describe(
    key: string,
    details: ObjectDetails,
    options: { accept?: Accept; keepLastModified?: boolean } = {},
  ): Promise<StoredObject | undefined> {
    this.#assertWritable(key);
    return this.#withSighting(key, current => {
      options.accept?.(current?.object);
      if (current === undefined) return undefined;
      const { lastModified } = current.object;
      const lastModifiedMilliseconds = options.keepLastModified ? lastModified.getTime() : this.#settings.now();
      const record = { details: copyOf(details), lastModifiedMilliseconds };
      const { records } = this.#context;
      const blob = current.kind === 'blob' ? records.findBlob(key) : undefined;
      if (blob) records.putBlob(key, { ...blob, ...record });
      else records.putDescription(key, current.identity, record);
      return this.#lookUpNow(key);
    });
  }

  async remove(key: string, accept?: Accept): Promise<StoredObject | undefined> {
    this.#assertWritable(key);
    return this.#withSighting(key, current => {
      accept?.(current?.object);
      if (current !== undefined) removeEverywhere(this.#context, key);
      return current?.object;
    });
  }

  async watch(options: WatchOptions): Promise<void> {
    const look = {
      keys: () => this.#keys({ prefix: '', startAfter: '', limit: Number.MAX_SAFE_INTEGER }),
      inspect: (key: string) => {
        const sighting = lookUp(this.#context, key, 'none');
        const stats = sighting.state === 'known' ? statPath(sighting.path) : undefined;
        if (sighting.state !== 'known' || stats === undefined) return undefined;
        const { changedMilliseconds } = identityOf(stats);
        return { identity: sighting.identity, changedMilliseconds, isOurs: sighting.isDescribed };
      },
    };
    await watchFolder(look, this.#settings.openedAtMilliseconds, options);
  }

  async close(): Promise<void> {
    await this.#hasher.settle();
    this.#context.records.close();
  }

  /** Candidates: each may turn out to be no object. */
  async *#keys(options: { prefix: string; startAfter: string; limit: number }): AsyncGenerator<string> {
    const { folder, cache, onLeftOut, records } = this.#context;
    const walked = walkKeys({ folder, cache, onLeftOut, prefix: options.prefix, startAfter: options.startAfter });
    let count = 0;
    for await (const key of mergeKeys(walked, records.listBlobKeys(options))) {
      yield key;
      // Everything above is synchronous in the main; others want their turn too.
      if (++count % KEYS_BETWEEN_PAUSES === 0) await setImmediate();
    }
  }

  /**
   * Calls `act` with what the key stands for, hashes included, in the same synchronous step as the look. Throws `object-changed` when the
   * file changes every time that it is hashed.
   */
  async #withSighting<T>(key: string, act: (sighting: KnownSighting | undefined) => T): Promise<T> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const sighting = lookUp(this.#context, key, this.#settings.cloud === 'oss' ? 'all' : 'md5');
      if (sighting.state === 'unhashed') await this.#hasher.hash(key, sighting, { isListing: false });
      else return act(sighting.state === 'known' ? this.#remember(sighting) : undefined);
    }
    throw objectChanged(key);
  }

  /** A file that keeps changing, or can't be read, must not fail the listing: it goes without a content hash. */
  async #findListed(key: string): Promise<StoredObject | undefined> {
    let sighting = lookUp(this.#context, key, 'md5');
    if (sighting.state === 'unhashed') {
      try {
        await this.#hasher.hash(key, sighting, { isListing: true });
      } catch (error) {
        if (!hasCode(error, 'unreadable-file')) throw error;
        this.#settings.onLeftOut(sighting.path, 'unreadable');
        return undefined;
      }
      sighting = lookUp(this.#context, key, 'md5');
      if (sighting.state === 'unhashed') sighting = lookUp(this.#context, key, 'none');
    }
    return sighting.state === 'known' ? this.#remember(sighting).object : undefined;
  }

  /** After a change of ours, in the same step. */
  #lookUpNow(key: string): StoredObject {
    const sighting = lookUp(this.#context, key, 'none');
    if (sighting.state !== 'known') throw objectChanged(key);
    return this.#remember(sighting).object;
  }

  #remember(sighting: KnownSighting): KnownSighting {
    this.#sightings.set(sighting.object, sighting);
    return sighting;
  }

  async #sightingOfEqual(object: StoredObject): Promise<KnownSighting> {
    return this.#withSighting(object.key, current => {
      const isSame =
        current?.object.etag === object.etag &&
        current.object.sizeBytes === object.sizeBytes &&
        current.object.lastModified.getTime() === object.lastModified.getTime();
      if (current === undefined || !isSame) throw objectChanged(object.key);
      return current;
    });
  }

  #assertWritable(key?: string): void {
    if (!this.#settings.readOnly) return;
    const message = 'This folder is read-only.';
    throw new BridgeError({ kind: 'permanent', code: 'read-only', message, ...(key === undefined ? {} : { key }) });
  }
}

function objectChanged(key: string): BridgeError {
  const message = 'The file changed while it was looked at.';
  return new BridgeError({ kind: 'retryable', code: 'object-changed', message, key });
}

/** Only what ObjectDetails has, whatever the caller's object has besides. */
function copyOf({ etag, headers, metadata, tags, attributes }: ObjectDetails): ObjectDetails {
  return { etag, headers, metadata, tags, attributes };
}
