// A listing of a flat directory comes a page at a time; reading and sorting 300,000 names for each of 300 pages would take minutes. So
// the names are kept for as long as the directory's own time stands still, and our own changes are entered into them.
// That time ticks in milliseconds: what was read while it had just moved may miss a change of the same tick. Then a small
// directory is not kept, and a large one for a few seconds at most. Memory: at most MAX_NAMES names, but one directory at least.

import { compareUtf8 } from '../../../shared/utf8-order.ts';
import { firstAtLeast } from '../sorted-keys.ts';
import { statPath } from './file-identity.ts';
import type { OnLeftOut } from './left-out.ts';
import { type DirectoryNames, readDirectory } from './read-directory.ts';

const MAX_NAMES = 500_000;
const LARGE_DIRECTORY_NAMES = 5_000;
const UNSURE_MILLISECONDS = 5_000;
/** Coarser than any kernel's tick (10 ms). */
const QUIET_NANOSECONDS = 50_000_000n;

export interface CachedDirectory extends DirectoryNames {
  /** Moves when `names` do; an index into them is good for one revision. */
  revision: number;
}

interface Entry extends CachedDirectory {
  inode: bigint;
  modifiedNanoseconds: bigint;
  readonly readAtMilliseconds: number;
  expiresAtMilliseconds: number;
}

export class DirectoryCache {
  readonly #onLeftOut: OnLeftOut;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #names = 0;

  constructor(onLeftOut: OnLeftOut) {
    this.#onLeftOut = onLeftOut;
  }

  async read(path: string): Promise<CachedDirectory> {
    const cached = this.#findCurrent(path);
    if (cached !== undefined) {
      this.#entries.delete(path);
      this.#entries.set(path, cached);
      return cached;
    }
    const stats = statPath(path);
    const readAtMilliseconds = Date.now();
    const directory = { ...(await readDirectory(path, this.#onLeftOut)), revision: 0 };
    const after = statPath(path);
    if (stats === undefined || after?.mtimeNs !== stats.mtimeNs || after.ino !== stats.ino) return directory;
    const isQuiet = BigInt(readAtMilliseconds) * 1_000_000n - stats.mtimeNs > QUIET_NANOSECONDS;
    if (!isQuiet && directory.names.length < LARGE_DIRECTORY_NAMES) return directory;
    const entry: Entry = Object.assign(directory, {
      inode: stats.ino,
      modifiedNanoseconds: stats.mtimeNs,
      readAtMilliseconds,
      expiresAtMilliseconds: isQuiet ? Number.POSITIVE_INFINITY : readAtMilliseconds + UNSURE_MILLISECONDS,
    });
    this.#keep(path, entry);
    return entry;
  }

  /** Runs a change of ours of one directory, and what it adds to or takes from its names. A directory's name ends with `/`. */
  change(path: string, effect: { adds?: string; removes?: string }, act: () => void): void {
    const entry = this.#findCurrent(path);
    try {
      act();
    } catch (error) {
      this.#drop(path);
      throw error;
    }
    const stats = statPath(path);
    if (entry === undefined || stats === undefined) {
      this.#drop(path);
      return;
    }
    entry.modifiedNanoseconds = stats.mtimeNs;
    entry.expiresAtMilliseconds = Math.min(entry.expiresAtMilliseconds, entry.readAtMilliseconds + UNSURE_MILLISECONDS);
    this.#names += applyTo(entry.names, effect);
    entry.revision++;
  }

  #findCurrent(path: string): Entry | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const stats = statPath(path);
    const isCurrent =
      stats?.mtimeNs === entry.modifiedNanoseconds &&
      stats.ino === entry.inode &&
      Date.now() < entry.expiresAtMilliseconds;
    if (isCurrent) return entry;
    this.#drop(path);
    return undefined;
  }

  #keep(path: string, entry: Entry): void {
    this.#drop(path);
    this.#entries.set(path, entry);
    this.#names += entry.names.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#names <= MAX_NAMES || oldest === path) return;
      this.#drop(oldest);
    }
  }

  #drop(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#names -= entry.names.length;
    this.#entries.delete(path);
  }
}

/** By how much the list has grown. */
function applyTo(names: string[], effect: { adds?: string; removes?: string }): number {
  const before = names.length;
  if (effect.removes !== undefined) {
    const at = firstAtLeast(names, effect.removes);
    if (names[at] === effect.removes) names.splice(at, 1);
  }
  if (effect.adds !== undefined) {
    const at = firstAtLeast(names, effect.adds);
    if (at === names.length || compareUtf8(names[at] ?? '', effect.adds) !== 0) names.splice(at, 0, effect.adds);
  }
  return names.length - before;
}
