// One page of a listing: objects in the order of their keys' UTF-8 bytes, those that share a prefix up to the delimiter rolled into
// one common prefix. A pure rule over the store's listing; the store is never asked for more than a page at a time.

import type { ObjectStore, StoredObject } from '../store/object-store.ts';

export interface ListPageRequest {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** What the page comes after: a key, or the common prefix that ended the last page. */
  readonly after: string;
  /** Objects and common prefixes together. */
  readonly limit: number;
}

export interface ListPage {
  readonly objects: StoredObject[];
  readonly commonPrefixes: string[];
  /** The last entry's name, when there is more; else undefined. */
  readonly nextAfter: string | undefined;
}

/** Sorts after every key that begins with the prefix in front of it. */
const LAST_CHARACTER = '\u{10FFFF}';

export async function listPage(store: ObjectStore, request: ListPageRequest): Promise<ListPage> {
  const { prefix, delimiter, limit } = request;
  const objects: StoredObject[] = [];
  const commonPrefixes: string[] = [];
  let group = isGroup(request) ? request.after : undefined;
  let startAfter = group === undefined ? request.after : group + LAST_CHARACTER;
  let last = request.after;
  for (;;) {
    const wanted = limit - objects.length - commonPrefixes.length;
    const found = await store.list({ prefix, startAfter, limit: wanted + 1 });
    for (const object of found) {
      startAfter = object.key;
      if (group !== undefined && object.key.startsWith(group)) continue;
      if (objects.length + commonPrefixes.length === limit) return { objects, commonPrefixes, nextAfter: last };
      group = groupOf(object.key, prefix, delimiter);
      if (group === undefined) {
        objects.push(object);
        last = object.key;
      } else {
        commonPrefixes.push(group);
        last = group;
        startAfter = group + LAST_CHARACTER;
        break;
      }
    }
    if (found.length <= wanted && startAfter === found.at(-1)?.key) break;
    if (found.length === 0) break;
  }
  return { objects, commonPrefixes, nextAfter: undefined };
}

function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function isGroup({ prefix, delimiter, after }: ListPageRequest): boolean {
  return after.startsWith(prefix) && after.length > prefix.length && groupOf(after, prefix, delimiter) === after;
}
