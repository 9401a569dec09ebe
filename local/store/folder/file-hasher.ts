// Hashes each version of a file once, whoever asks, and records the result.

import { BridgeError } from '../../../shared/bridge-error.ts';
import { statPath } from './file-identity.ts';
import type { FolderRecords } from './folder-records.ts';
import { hashFile, MAX_MD5_BYTES } from './hash-file.ts';

export interface FileVersion {
  readonly path: string;
  readonly identity: string;
}

export class FileHasher {
  readonly #records: FolderRecords;
  readonly #withCrc64: boolean;
  readonly #running = new Map<string, Promise<void>>();

  constructor(records: FolderRecords, options: { withCrc64: boolean }) {
    this.#records = records;
    this.#withCrc64 = options.withCrc64;
  }

  /** Records nothing when the file is no longer that version: look again. A listing reads no large file. Throws `unreadable-file`. */
  async hash(key: string, version: FileVersion, options: { isListing: boolean }): Promise<void> {
    const isSmall = (statPath(version.path)?.size ?? 0n) <= BigInt(MAX_MD5_BYTES);
    const withCrc64 = this.#withCrc64 && (isSmall || !options.isListing);
    const name = `${version.identity} ${withCrc64} ${key}`;
    let running = this.#running.get(name);
    if (running === undefined) {
      running = this.#hash(key, version, withCrc64).finally(() => this.#running.delete(name));
      this.#running.set(name, running);
    }
    await running;
  }

  /** Resolves when nothing is being read any more. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #hash(key: string, { path, identity }: FileVersion, withCrc64: boolean): Promise<void> {
    try {
      const hashes = await hashFile(path, identity, { withCrc64 });
      if (hashes) this.#records.putHashes(key, identity, hashes);
    } catch (cause) {
      if (statPath(path) === undefined) return; // Gone meanwhile; the next look says so.
      const message = 'The file could not be read.';
      throw new BridgeError({ kind: 'retryable', code: 'unreadable-file', message, key, cause });
    }
  }
}
