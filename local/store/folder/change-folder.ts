// The changes of a folder, each synchronous, so that a check and the change that it allows are one step. Directories come and go with
// the files below them, as in a bucket they would not exist; those that are objects themselves (put as `name/`, or made empty
// by hand) stay until that object is removed.

import { lstatSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { DirectoryCache } from './directory-cache.ts';
import { directoryIdentityOf, identityOf, statPath } from './file-identity.ts';
import type { ObjectRecord } from './folder-records.ts';
import { type WritablePlace, writablePlace } from './key-path.ts';
import { isEmptyDirectory, type LookUpContext, lookUpPath } from './look-up.ts';

export interface ChangeContext extends LookUpContext {
  readonly cache: DirectoryCache;
}

/** Moves a finished file to the key's place, over what is there. */
export function placeFile(
  context: ChangeContext,
  key: string,
  place: WritablePlace,
  source: string,
  record: ObjectRecord,
): void {
  const stats = statPath(source);
  if (stats === undefined) throw new Error(`The staged file is gone: ${source}`);
  const identity = identityOf(stats).text;
  context.records.putDescription(key, identity, record);
  const directory = dirname(place.path);
  makeDirectories(context, place, directory);
  try {
    context.cache.change(directory, { adds: basename(place.path) }, () => renameSync(source, place.path));
  } catch (error) {
    prune(context, directory);
    throw error;
  }
  context.records.removeDescriptions(key, { exceptIdentity: identity });
  context.records.removeHashes(key);
  removeBlob(context, key);
}

export function placeDirectory(context: ChangeContext, key: string, place: WritablePlace, record: ObjectRecord): void {
  makeDirectories(context, place, place.path);
  const stats = statPath(place.path);
  if (stats === undefined) throw new Error(`The directory is gone again: ${place.path}`);
  const identity = directoryIdentityOf(stats).text;
  context.records.putDescription(key, identity, record);
  context.records.removeDescriptions(key, { exceptIdentity: identity });
  removeBlob(context, key);
}

/** For a key that cannot be a path now. `fileName` is free among the blobs. */
export function placeBlob(
  context: ChangeContext,
  key: string,
  source: string,
  record: ObjectRecord & { readonly fileName: string },
): void {
  renameSync(source, `${context.blobFolder}/${record.fileName}`);
  const old = context.records.findBlob(key);
  context.records.putBlob(key, record);
  if (old) unlinkIfThere(`${context.blobFolder}/${old.fileName}`);
  if (key.endsWith('/') && writablePlace(context.folder, key)) removeAtPath(context, key);
}

/** Removes the key's file, directory and blob. Throws `not-removable`, before any change, for a file behind a linked directory. */
export function removeEverywhere(context: ChangeContext, key: string): void {
  removeAtPath(context, key);
  removeBlob(context, key);
}

function removeAtPath(context: ChangeContext, key: string): void {
  if (lookUpPath(context, key, 'none').state === 'missing') return;
  const place = writablePlace(context.folder, key);
  if (place === undefined) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'not-removable',
      message:
        'The file lies behind a symbolic link to a directory; it is read through the link, but never removed through it.',
      key,
    });
  }
  context.records.removeDescriptions(key, { exceptIdentity: '' });
  context.records.removeHashes(key);
  const isFile = !key.endsWith('/');
  const directory = isFile ? dirname(place.path) : place.path;
  if (isFile) context.cache.change(directory, { removes: basename(place.path) }, () => unlinkSync(place.path));
  prune(context, directory);
}

function removeBlob(context: ChangeContext, key: string): void {
  const blob = context.records.findBlob(key);
  if (blob === undefined) return;
  context.records.removeBlob(key);
  unlinkIfThere(`${context.blobFolder}/${blob.fileName}`);
}

function makeDirectories(context: ChangeContext, place: WritablePlace, directory: string): void {
  adopt(context, place.existingParent);
  let path = place.existingParent;
  for (const name of directory.slice(path.length).split('/').filter(Boolean)) {
    const parent = path;
    path += `/${name}`;
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      context.cache.change(parent, { adds: `${name}/` }, () => mkdirSync(path));
    }
  }
}

/** An empty directory that somebody made is an object, and stays one when it gets its first file. */
function adopt(context: ChangeContext, directory: string): void {
  if (directory === context.folder || !isEmptyDirectory(directory)) return;
  const key = keyOfDirectory(context, directory);
  const sighting = lookUpPath(context, key, 'none');
  if (sighting.state !== 'known' || sighting.isDescribed) return;
  const { key: _, sizeBytes: __, lastModified, ...details } = sighting.object;
  const lastModifiedMilliseconds = lastModified.getTime();
  context.records.putDescription(key, sighting.identity, { details, lastModifiedMilliseconds });
}

/** Removes the directory and those above it for as long as they are empty and no objects themselves. */
function prune(context: ChangeContext, directory: string): void {
  for (let path = directory; path !== context.folder; path = dirname(path)) {
    if (!isEmptyDirectory(path)) return;
    const sighting = lookUpPath(context, keyOfDirectory(context, path), 'none');
    if (sighting.state === 'known' && sighting.isDescribed) return;
    try {
      context.cache.change(dirname(path), { removes: `${basename(path)}/` }, () => rmdirSync(path));
    } catch {
      return; // Somebody put something there just now, or it isn't ours to remove: then it stays.
    }
  }
}

function keyOfDirectory(context: ChangeContext, directory: string): string {
  return `${directory.slice(context.folder.length + 1)}/`;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Its record is gone; a file that can't be removed is swept at the next start.
  }
}
