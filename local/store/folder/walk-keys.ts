// The keys of a folder's files and directories in the order in which a cloud lists them, from any key on, without reading what lies
// before it or outside of the prefix. Depth first; in memory are the names of the directories on the way down only.

import { compareUtf8 } from '../../../shared/utf8-order.ts';
import { firstAtLeast } from '../sorted-keys.ts';
import type { CachedDirectory, DirectoryCache } from './directory-cache.ts';
import type { OnLeftOut } from './left-out.ts';
import { isSameOrAbove, realPathOf } from './real-path.ts';

export interface WalkOptions {
  readonly folder: string;
  readonly cache: DirectoryCache;
  readonly onLeftOut: OnLeftOut;
  readonly prefix: string;
  /** Only keys that come strictly after it. */
  readonly startAfter: string;
}

interface Level {
  readonly prefix: string;
  readonly path: string;
  readonly realPath: string;
  readonly directory: CachedDirectory;
  /** Where we are, good for that revision of the directory; `floor` finds it again in another. */
  index: number;
  revision: number;
  floor: { readonly name: string; readonly isTaken: boolean };
}

/** Every directory comes as `name/`, empty or not; whether that is an object is for the caller to say. */
export async function* walkKeys(options: WalkOptions): AsyncGenerator<string> {
  const { folder, prefix, startAfter } = options;
  const lowerBound = compareUtf8(startAfter, prefix) < 0 ? prefix : startAfter;
  const levels: Level[] = [await openLevel(options, { prefix: '', path: folder, realPath: folder }, lowerBound)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = takeNextName(level);
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const key = level.prefix + name;
    if (key.startsWith(prefix)) {
      if (compareUtf8(key, startAfter) > 0) yield key;
    } else if (compareUtf8(key, prefix) > 0) return;
    if (!name.endsWith('/') || !mayHoldKeys(key, prefix, startAfter)) continue;
    const path = `${level.path}/${name.slice(0, -1)}`;
    const realPath = level.directory.links.has(name) ? realPathOf(path) : `${level.realPath}/${name.slice(0, -1)}`;
    if (realPath === undefined) continue;
    if (levels.some(({ realPath: ancestor }) => isSameOrAbove(realPath, ancestor)))
      options.onLeftOut(path, 'link-cycle');
    else levels.push(await openLevel(options, { prefix: key, path, realPath }, lowerBound));
  }
}

async function openLevel(
  options: WalkOptions,
  place: Pick<Level, 'prefix' | 'path' | 'realPath'>,
  lowerBound: string,
): Promise<Level> {
  const directory = await options.cache.read(place.path);
  const rest = lowerBound.startsWith(place.prefix) ? lowerBound.slice(place.prefix.length) : '';
  // "b/" comes before "b/c" and yet holds it.
  const name = rest.slice(0, rest.indexOf('/') + 1) || rest;
  const index = firstAtLeast(directory.names, name);
  return { ...place, directory, index, revision: directory.revision, floor: { name, isTaken: false } };
}

function takeNextName(level: Level): string | undefined {
  const { names, revision } = level.directory;
  if (level.revision !== revision) {
    level.index = firstAtLeast(names, level.floor.name);
    if (level.floor.isTaken && names[level.index] === level.floor.name) level.index++;
    level.revision = revision;
  }
  const name = names[level.index++];
  if (name !== undefined) level.floor = { name, isTaken: true };
  return name;
}

function mayHoldKeys(directoryKey: string, prefix: string, startAfter: string): boolean {
  const meetsPrefix = directoryKey.startsWith(prefix) || prefix.startsWith(directoryKey);
  return meetsPrefix && (startAfter.startsWith(directoryKey) || compareUtf8(directoryKey, startAfter) > 0);
}
