// What a key stands for now, from the file system and the records, in one synchronous step: nothing can change between looking and
// the change that follows it in the same step.

import { accessSync, constants, lstatSync, opendirSync } from 'node:fs';
import type { ObjectDetails, StoredObject } from '../object-store.ts';
import { directoryIdentityOf, type FileIdentity, identityOf, statPath } from './file-identity.ts';
import type { ContentHashes, FolderRecords, ObjectRecord } from './folder-records.ts';
import { MAX_MD5_BYTES } from './hash-file.ts';
import { isTemporaryName, segmentsOfKey, writablePlace } from './key-path.ts';
import type { OnLeftOut } from './left-out.ts';
import { isSameOrAbove, realPathOf } from './real-path.ts';

export interface LookUpContext {
  readonly folder: string;
  readonly blobFolder: string;
  readonly records: FolderRecords;
  readonly onLeftOut: OnLeftOut;
  readonly describeFile: DescribeFile;
}

/** The details of a file that nobody uploaded. */
export type DescribeFile = (key: string, identity: FileIdentity, hashes: ContentHashes | undefined) => ObjectDetails;

export interface KnownSighting {
  readonly state: 'known';
  readonly object: StoredObject;
  readonly kind: 'file' | 'directory' | 'blob';
  readonly path: string;
  readonly identity: string;
  /** Whether its details came with a commit. */
  readonly isDescribed: boolean;
}

export type Sighting =
  | { readonly state: 'missing' }
  /** Its content has to be hashed first. */
  | { readonly state: 'unhashed'; readonly path: string; readonly identity: string }
  | KnownSighting;

const MISSING: Sighting = { state: 'missing' };

/** `wants` says which hashes of a file that nobody uploaded must be there. */
export function lookUp(context: LookUpContext, key: string, wants: 'md5' | 'all' | 'none'): Sighting {
  const blob = context.records.findBlob(key);
  // A file made by hand where a file of ours could be is newer than the blob; one behind a link is what the blob was put over.
  if (blob && (key.endsWith('/') || writablePlace(context.folder, key) === undefined)) {
    return blobSighting(context, key, blob);
  }
  const sighting = lookUpPath(context, key, wants);
  return sighting.state === 'missing' && blob ? blobSighting(context, key, blob) : sighting;
}

/** The same with blobs left aside. */
export function lookUpPath(context: LookUpContext, key: string, wants: 'md5' | 'all' | 'none'): Sighting {
  const segments = segmentsOfKey(context.folder, key);
  if (segments === undefined) return MISSING;
  const path = `${context.folder}/${segments.join('/')}`;
  const stats = statPath(path);
  if (stats === undefined || leadsInACycle(context.folder, segments)) return MISSING;
  if (key.endsWith('/')) {
    return stats.isDirectory() ? directorySighting(context, key, path, directoryIdentityOf(stats)) : MISSING;
  }
  if (!stats.isFile()) return MISSING;
  const identity = identityOf(stats);
  const described = context.records.findDescription(key, identity.text);
  if (described) return known(key, 'file', path, identity, described);
  if (!isReadable(path)) {
    context.onLeftOut(path, 'unreadable');
    return MISSING;
  }
  const hashes = context.records.findHashes(key, identity.text);
  const hasMd5 = hashes !== undefined || identity.sizeBytes > MAX_MD5_BYTES;
  const isHashed = wants === 'none' || (wants === 'md5' ? hasMd5 : hashes?.crc64 !== undefined);
  if (!isHashed) return { state: 'unhashed', path, identity: identity.text };
  return known(key, 'file', path, identity, undefined, context.describeFile(key, identity, hashes));
}

function directorySighting(context: LookUpContext, key: string, path: string, identity: FileIdentity): Sighting {
  const described = context.records.findDescription(key, identity.text);
  if (described) return known(key, 'directory', path, identity, described);
  if (!isEmptyDirectory(path)) return MISSING;
  return known(key, 'directory', path, identity, undefined, context.describeFile(key, identity, undefined));
}

function blobSighting(
  context: LookUpContext,
  key: string,
  blob: ObjectRecord & { readonly fileName: string },
): Sighting {
  const path = `${context.blobFolder}/${blob.fileName}`;
  const stats = statPath(path);
  return stats === undefined ? MISSING : known(key, 'blob', path, identityOf(stats), blob);
}

function known(
  key: string,
  kind: KnownSighting['kind'],
  path: string,
  identity: FileIdentity,
  described: ObjectRecord | undefined,
  details = described?.details,
): Sighting {
  if (details === undefined) return MISSING;
  const lastModified = new Date(described?.lastModifiedMilliseconds ?? identity.modifiedMilliseconds);
  const object: StoredObject = { key, sizeBytes: identity.sizeBytes, lastModified, ...details };
  return { state: 'known', object, kind, path, identity: identity.text, isDescribed: described !== undefined };
}

/** A listing does not follow such a link, so nothing else may. */
function leadsInACycle(folder: string, segments: readonly string[]): boolean {
  const ancestors = [folder];
  let path = folder;
  for (const segment of segments) {
    path += `/${segment}`;
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    const realPath = isLink ? realPathOf(path) : `${ancestors.at(-1)}/${segment}`;
    if (realPath === undefined || ancestors.some(ancestor => isLink && isSameOrAbove(realPath, ancestor))) return true;
    ancestors.push(realPath);
  }
  return false;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Unfinished files of ours do not count. False for what is no directory or can't be read. */
export function isEmptyDirectory(path: string): boolean {
  let directory: ReturnType<typeof opendirSync> | undefined;
  try {
    directory = opendirSync(path);
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (!isTemporaryName(entry.name)) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    directory?.closeSync();
  }
}
