// Are the two buckets identical? Read from the stores themselves, byte for byte: independent of the worker, its checksums, its records, and the wire.

import { createHash } from 'node:crypto';
import { compareUtf8 } from '../shared/utf8-order.ts';
import type { ObjectStore, StoredObject } from './store/object-store.ts';

export interface Comparison {
  readonly identical: { readonly objects: number; readonly bytes: number };
  /** Keys that only the source has. */
  readonly lost: readonly string[];
  /** Keys that only the destination has. */
  readonly extra: readonly string[];
  readonly different: readonly { readonly key: string; readonly what: 'bytes' | 'content-type' | 'metadata' }[];
}

const PAGE_OBJECTS = 1000;

export async function compareStores(source: ObjectStore, destination: ObjectStore): Promise<Comparison> {
  const lost: string[] = [];
  const extra: string[] = [];
  const different: { key: string; what: 'bytes' | 'content-type' | 'metadata' }[] = [];
  const identical = { objects: 0, bytes: 0 };
  const left = everyObject(source);
  const right = everyObject(destination);
  let a = await left.next();
  let b = await right.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareUtf8(a.value.key, b.value.key);
    if (order < 0 && !a.done) lost.push(a.value.key);
    if (order > 0 && !b.done) extra.push(b.value.key);
    if (order === 0 && !a.done && !b.done) {
      const what = await difference(source, a.value, destination, b.value);
      if (what === undefined) {
        identical.objects++;
        identical.bytes += a.value.sizeBytes;
      } else {
        different.push({ key: a.value.key, what });
      }
    }
    const goesLeft = order <= 0;
    const goesRight = order >= 0;
    if (goesLeft) a = await left.next();
    if (goesRight) b = await right.next();
  }
  return { identical, lost, extra, different };
}

async function* everyObject(store: ObjectStore): AsyncGenerator<StoredObject, undefined> {
  for (let startAfter = ''; ; ) {
    const page = await store.list({ prefix: '', startAfter, limit: PAGE_OBJECTS });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return undefined;
    startAfter = last.key;
  }
}

async function difference(
  source: ObjectStore,
  a: StoredObject,
  destination: ObjectStore,
  b: StoredObject,
): Promise<'bytes' | 'content-type' | 'metadata' | undefined> {
  if (a.sizeBytes !== b.sizeBytes) return 'bytes';
  if ((await sha256(source, a)) !== (await sha256(destination, b))) return 'bytes';
  if (a.headers['content-type'] !== undefined && a.headers['content-type'] !== b.headers['content-type']) {
    return 'content-type';
  }
  const isCarried = Object.entries(a.metadata).every(([name, value]) => b.metadata[name] === value);
  return isCarried ? undefined : 'metadata';
}

async function sha256(store: ObjectStore, object: StoredObject): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.read(object, { start: 0, end: object.sizeBytes })) hash.update(chunk);
  return hash.digest('hex');
}
