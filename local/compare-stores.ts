// Are the two buckets identical? Read from the stores themselves, byte for byte: independent of the worker, its checksums, its records, and the
// wire. Where a store knows checksums of its bytes by itself, those are compared: it may have no bytes, or 20 GiB of computed ones.

import { createHash } from 'node:crypto';
import { crc32 } from '../shared/checksums/crc32.ts';
import { Crc64 } from '../shared/checksums/crc64.ts';
import { compareUtf8 } from '../shared/utf8-order.ts';
import type { ContentChecksums, ObjectStore, StoredObject } from './store/object-store.ts';

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
  if (!(await hasSameBytes(source, a, destination, b))) return 'bytes';
  if (a.headers['content-type'] !== undefined && a.headers['content-type'] !== b.headers['content-type']) {
    return 'content-type';
  }
  const isCarried = Object.entries(a.metadata).every(([name, value]) => b.metadata[name] === value);
  return isCarried ? undefined : 'metadata';
}

async function hasSameBytes(
  source: ObjectStore,
  a: StoredObject,
  destination: ObjectStore,
  b: StoredObject,
): Promise<boolean> {
  const left = await source.checksumsOf?.(a);
  const right = await destination.checksumsOf?.(b);
  if (left === undefined && right === undefined) return (await sha256(source, a)) === (await sha256(destination, b));
  return agree(left ?? (await readChecksums(source, a)), right ?? (await readChecksums(destination, b)));
}

/** By CRC-32, and by CRC-64 where both have one. */
function agree(left: ContentChecksums, right: ContentChecksums): boolean {
  if (left.crc32 !== right.crc32) return false;
  return left.crc64 === undefined || right.crc64 === undefined || left.crc64 === right.crc64;
}

async function readChecksums(store: ObjectStore, object: StoredObject): Promise<ContentChecksums> {
  const crc64 = new Crc64();
  let crc32OfAll = 0;
  for await (const chunk of store.read(object, { start: 0, end: object.sizeBytes })) {
    crc64.update(chunk);
    crc32OfAll = crc32(chunk, crc32OfAll);
  }
  return { crc32: crc32OfAll, crc64: crc64.digest() };
}

async function sha256(store: ObjectStore, object: StoredObject): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.read(object, { start: 0, end: object.sizeBytes })) hash.update(chunk);
  return hash.digest('hex');
}
