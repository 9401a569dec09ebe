// Walking a bucket in key order, with keys that share a prefix up to a delimiter rolled into one entry; and the parameters that
// all listings share.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html

import type { ObjectStore, StoredObject } from '../store/object-store.ts';
import { queryOf, type S3Call } from './s3-call.ts';
import { invalidArgument } from './s3-error.ts';

const MAX_PAGE = 1000;
/** Appended to a prefix it is above every key with that prefix: no key has room for 256 characters of four bytes after one. */
const ABOVE_ALL = '\u{10ffff}'.repeat(256);

export interface CommonPrefix {
  readonly commonPrefix: string;
}

export type ListedEntry = StoredObject | CommonPrefix;

export interface ListedPage {
  readonly entries: readonly ListedEntry[];
  readonly isTruncated: boolean;
  /** To go on from: the last entry's key or common prefix. */
  readonly lastName: string;
}

export interface WalkOptions {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
  readonly limit: number;
}

function commonPrefixOf(key: string, { prefix, delimiter }: WalkOptions): string | undefined {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

export function isCommonPrefix(entry: ListedEntry): entry is CommonPrefix {
  return 'commonPrefix' in entry;
}

export async function walk(store: ObjectStore, options: WalkOptions): Promise<ListedPage> {
  const { prefix, startAfter, limit } = options;
  const entries: ListedEntry[] = [];
  let lastName = '';
  // After a common prefix comes what is beyond all of its keys.
  const isAfterPrefix = startAfter.startsWith(prefix) && commonPrefixOf(startAfter, options) === startAfter;
  let rolledUp = isAfterPrefix ? startAfter : undefined;
  let cursor = isAfterPrefix ? startAfter + ABOVE_ALL : startAfter;
  while (limit > 0) {
    const objects = await store.list({
      prefix,
      startAfter: cursor,
      limit: Math.min(limit - entries.length + 1, MAX_PAGE),
    });
    for (const object of objects) {
      if (rolledUp !== undefined && object.key.startsWith(rolledUp)) continue;
      if (entries.length === limit) return { entries, isTruncated: true, lastName };
      rolledUp = commonPrefixOf(object.key, options);
      entries.push(rolledUp === undefined ? object : { commonPrefix: rolledUp });
      lastName = rolledUp ?? object.key;
    }
    const last = objects.at(-1);
    if (last === undefined) break;
    cursor = rolledUp === undefined ? last.key : rolledUp + ABOVE_ALL;
  }
  return { entries, isTruncated: false, lastName };
}

/** A page size or a number to go on from. Throws InvalidArgument. */
export function readCount(call: S3Call, name: string, options: { fallback: number; max: number }): number {
  const text = queryOf(call, name);
  if (text === undefined || text === '') return options.fallback;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > 0x7fffffff) {
    throw invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
  }
  return Math.min(count, options.max);
}

export function readPageSize(call: S3Call, name: string): number {
  return readCount(call, name, { fallback: MAX_PAGE, max: MAX_PAGE });
}

/** How names are written: as they are, or as `encoding-type=url` asks (a space becomes `+`, a slash stays). */
export function nameWriter(call: S3Call): (name: string) => string {
  const encodingType = queryOf(call, 'encoding-type');
  if (encodingType === undefined || encodingType === '') return name => name;
  if (encodingType !== 'url') {
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  }
  return name =>
    encodeURIComponent(name)
      .replace(/[!'()~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+')
      .replaceAll('%2F', '/');
}
