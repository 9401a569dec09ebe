// What must be true of a bucket that was moved, whatever happened on the way: nothing lost, nothing different, everything counted once, nothing left.

import { expect } from 'vitest';
import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { compareStores } from '../../local/compare-stores.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { ObjectStore, StoredObject } from '../../local/store/object-store.ts';
import { type Bridge, deadLetters, openUploads } from '../acceptance/bridge.ts';
import { NO_UPLOADS } from '../acceptance/bridge-ledger.ts';
import type { Moved } from './move-changing-bucket.ts';

/** Metadata that the worker adds. */
const RECORD_PREFIX = 'bridge-';
const PAGE_OBJECTS = 1000;

export async function expectSameBuckets({ source, destination }: Bridge, gone: ReadonlySet<string>): Promise<number> {
  const { lost, extra, different, identical } = await compareStores(source, destination);
  // A key that the source deleted stays where it was moved to before.
  const unforeseen = extra.filter(key => !gone.has(key));
  expect({ lost, unforeseen, different }).toEqual({ lost: [], unforeseen: [], different: [] });
  for (const object of await everyObject(source)) {
    const copy = await destination.find(object.key);
    expect(describe(copy)).toEqual(describe(object));
  }
  return identical.objects;
}

function describe(object: StoredObject | undefined) {
  if (object === undefined) return undefined;
  const { key, sizeBytes, headers, metadata } = object;
  const own = Object.entries(metadata).filter(([name]) => !name.startsWith(RECORD_PREFIX));
  return { key, sizeBytes, type: headers['content-type'], metadata: Object.fromEntries(own) };
}

async function everyObject(store: ObjectStore): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = [];
  for (let startAfter = ''; ; ) {
    const page = await store.list({ prefix: '', startAfter, limit: PAGE_OBJECTS });
    objects.push(...page);
    const last = page.at(-1);
    if (last === undefined) return objects;
    startAfter = last.key;
  }
}

/** `objects`: how many there are in the end, all of which the last backfill has met. */
export function expectExactCounts({ waves, source }: Moved, objects: number): void {
  for (const { wave, seen } of waves.started) {
    const isLast = wave.prefix === '';
    const found = isLast ? objects : wave.objects.length;
    expect(seen).toMatchObject({ prefix: wave.prefix, state: 'done', found, failed: 0, remaining: 0, unverified: 0 });
    expectSum(seen);
    expectSum(seen.bytes);
    if (isLast) expect(seen).toMatchObject({ sourceMissing: 0 });
    // What nobody touched is not there before, and is copied once, however often it is met.
    const untouched = wave.objects.filter(({ key }) => !source.touched.has(key));
    expect(seen.copied).toBeGreaterThanOrEqual(untouched.length);
  }
}

export function expectSum(counts: BackfillBody['bytes']): void {
  const { found, copied, skipped, sourceMissing, archived, unverified, failed, remaining } = counts;
  expect(copied + skipped + sourceMissing + archived + unverified + failed + remaining).toBe(found);
}

export async function expectNothingLeft(bridge: Bridge): Promise<void> {
  const { cloud } = bridge;
  expect(cloud.failedEvents).toEqual([]);
  expect(deadLetters(bridge)).toEqual([]);
  expect([LOCAL.liveQueue, LOCAL.backfillQueue].flatMap(name => cloud.sqs.peek(name))).toEqual([]);
  expect(await openUploads(bridge)).toEqual([]);
  expect(await bridge.ledger.uploadRows()).toEqual(NO_UPLOADS);
}

/** Lines that no fault explains: a bug's. A worker that was killed may have left half a line. */
export async function expectNoBugInLog(bridge: Bridge): Promise<void> {
  const lines = (await bridge.workerLog()).split('\n');
  const suspicious = lines.filter(line =>
    /unforeseen|unhandled|uncaught|^\s+at |(Type|Reference|Range|Syntax)Error/i.test(line),
  );
  expect(suspicious.slice(0, 5)).toEqual([]);
}
