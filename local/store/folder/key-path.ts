// Which keys can be paths below a folder, and whether one may be written there. What cannot be a path is kept as a blob elsewhere,
// so every key is storable and none reaches outside of the folder. File systems that fold case or normalise Unicode (macOS, Windows)
// are not handled: there, two keys could be one file.

import { lstatSync, type Stats } from 'node:fs';
import { statPath } from './file-identity.ts';

// https://man7.org/linux/man-pages/man7/path_resolution.7.html, limits.h: NAME_MAX and PATH_MAX with its final NUL.
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4095;

const TEMPORARY_NAME = /^\.oss-s3-bridge-[0-9a-f]{16}\.tmp$/;

/** Names of unfinished files beside their target: no listing shows them. */
export function temporaryName(id: string): string {
  return `.oss-s3-bridge-${id}.tmp`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** The names from the folder down to the key's file, or (key ends with `/`) directory; undefined when the key cannot be a path. */
export function segmentsOfKey(folder: string, key: string): readonly string[] | undefined {
  const path = key.endsWith('/') ? key.slice(0, -1) : key;
  const segments = path.split('/');
  return segments.every(isName) && Buffer.byteLength(`${folder}/${path}`) <= MAX_PATH_BYTES ? segments : undefined;
}

function isName(segment: string): boolean {
  return (
    segment !== '' &&
    segment !== '.' &&
    segment !== '..' &&
    !segment.includes('\0') &&
    Buffer.byteLength(segment) <= MAX_NAME_BYTES &&
    !isTemporaryName(segment)
  );
}

export interface WritablePlace {
  readonly path: string;
  /** The deepest directory on the way that exists. */
  readonly existingParent: string;
  /** How many of the segments lead to it. */
  readonly existingDepth: number;
}

/**
 * Where the key's file or directory can be written; undefined when it must be a blob: the key cannot be a path, a file or a symbolic
 * link is in the way (a linked directory may lead outside, or be another key's), or something else than a file is there already.
 */
export function writablePlace(folder: string, key: string): WritablePlace | undefined {
  const segments = segmentsOfKey(folder, key);
  if (segments === undefined) return undefined;
  let existingParent = folder;
  let existingDepth = 0;
  for (const segment of segments.slice(0, -1)) {
    const stats = lstatPath(`${existingParent}/${segment}`);
    if (stats === undefined) break;
    if (!stats.isDirectory()) return undefined;
    existingParent += `/${segment}`;
    existingDepth++;
  }
  const path = `${folder}/${segments.join('/')}`;
  const target = existingDepth === segments.length - 1 ? lstatPath(path) : undefined;
  if (target !== undefined && !mayBeReplaced(target, path, key.endsWith('/'))) return undefined;
  return { path, existingParent, existingDepth };
}

function mayBeReplaced(target: Stats, path: string, isDirectoryKey: boolean): boolean {
  if (isDirectoryKey) return target.isDirectory();
  if (target.isFile()) return true;
  // A link to a file is one of our objects, and replacing the link leaves the other file alone.
  return target.isSymbolicLink() && statPath(path)?.isFile() === true;
}

/** Undefined when nothing is there. */
function lstatPath(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
