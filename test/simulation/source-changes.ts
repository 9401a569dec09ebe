// What happens to the source, and what the destination's other users do. Each change that leaves a readable object is followed by its event, which
// may come late, twice, or after the events of later changes.

import { recordOf } from '../../aws-worker/transfer/source-version.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { SourceContent } from '../fakes/fake-object-source.ts';
import type { World } from './world.ts';

/** Few, so that the same bytes come back (A-B-A). */
const SMALL = ['a', 'bb', 'a somewhat longer text'].map(text => Buffer.from(text));
const LARGE = [bytesOf(2_500, 1), bytesOf(2_500, 2), bytesOf(1_100, 3)];
const FOREIGN = Buffer.from('of another tool');
const METADATA: readonly Readonly<Record<string, string>>[] = [{}, {}, {}, {}, { owner: 'Zoë' }, { owner: 'Ana' }];
const LATE_EVENT_SECONDS = [0, 0, 2, 30, 300];

function bytesOf(sizeBytes: number, salt: number): Buffer {
  return Buffer.from(Array.from({ length: sizeBytes }, (_, index) => (index * salt + (index >> 5)) & 0xff));
}

/** Always the same: a change of tags alone is not followed. */
function tagsOf(key: string): Readonly<Record<string, string>> {
  return key.startsWith('ü') ? { team: 'x' } : {};
}

export function keyNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => (index % 3 === 2 ? `ü${index}` : `k${index}`));
}

export function writeObject(world: World, key: string): void {
  const { random, profile } = world;
  const palette = random.chance(profile.largeShare) ? LARGE : SMALL;
  const before = world.source.current(key)?.bytes;
  const bytes = random.pick(profile.isThereAndBack ? palette.filter(other => other !== before) : palette);
  if (profile.isThereAndBack) {
    world.source.write(key, { bytes, tags: tagsOf(key) });
    changed(world, key, `written, ${bytes.length} bytes`);
    return;
  }
  const content: SourceContent = {
    bytes,
    metadata: random.pick(METADATA),
    headers: random.chance(0.1) ? { cacheControl: 'no-cache' } : {},
    tags: tagsOf(key),
    ...provableBy(world),
  };
  world.source.write(key, content);
  changed(world, key, `written, ${bytes.length} bytes`);
}

/** Most have a CRC-64, some but an MD5; where nothing can prove the bytes, a damaged read would have to be believed. */
function provableBy({ random, profile }: World): Pick<SourceContent, 'type' | 'hasCrc64'> {
  if (profile.damagedReads > 0 || random.chance(0.85)) return {};
  return { type: random.pick(['Normal', 'Multipart']), hasCrc64: false };
}

export function changeSource(world: World, key: string): void {
  const { random, source, profile } = world;
  const current = source.current(key);
  if (current === undefined) {
    writeObject(world, key);
    sendEvent(world, key);
    return;
  }
  if (profile.isThereAndBack) {
    goBackOrForth(world, key);
    return;
  }
  const { metadata, headers } = current.object;
  const again = { metadata, headers, tags: tagsOf(key) };
  const dice = random.below(100);
  if (dice < 35) {
    writeObject(world, key);
  } else if (dice < 60) {
    source.revert(key);
    changed(world, key, 'what it was before');
  } else if (dice < 72) {
    source.append(key, random.pick(SMALL));
    changed(world, key, 'appended');
  } else if (dice < 78) {
    source.write(key, { ...again, bytes: current.bytes.subarray(0, Math.ceil(current.bytes.length / 2)) });
    changed(world, key, 'truncated');
  } else if (dice < 86) {
    source.updateMetadata(key, random.pick(METADATA));
    changed(world, key, 'given other metadata');
  } else if (dice < 95) {
    source.remove(key);
    changed(world, key, 'deleted');
    return;
  } else {
    source.write(key, { ...again, bytes: current.bytes, storageClass: 'Archive' });
    changed(world, key, 'archived');
  }
  sendEvent(world, key);
}

/** To a version that the destination may well have, or that its ETag cannot tell from what it has. */
export function goBackOrForth(world: World, key: string): void {
  const { random, source } = world;
  if (source.current(key) === undefined) {
    writeObject(world, key);
  } else if (random.chance(0.5)) {
    source.revert(key);
    changed(world, key, 'what it was before');
  } else {
    goForth(world, key);
  }
  sendEvent(world, key);
}

export function goForth(world: World, key: string): void {
  const { random, source } = world;
  const current = source.current(key);
  if (current !== undefined && random.chance(0.5)) {
    const others = METADATA.filter(metadata => metadata.owner !== current.object.metadata.owner);
    source.updateMetadata(key, random.pick(others));
    changed(world, key, 'given other metadata');
  } else {
    writeObject(world, key);
  }
}

export function sendEvent(world: World, key: string): void {
  const { random, profile } = world;
  const size = world.source.current(key)?.object.sizeBytes ?? 0;
  const copies = random.chance(profile.duplicateShare) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const delaySeconds = profile.isThereAndBack ? 0 : random.pick(LATE_EVENT_SECONDS);
    // A test double in memory: it is in the queue when this returns.
    void world.liveQueue.send([{ body: formatMessage({ key, size }), delaySeconds }]);
  }
}

export function changeDestination(world: World, key: string): void {
  const { random, destination } = world;
  const dice = random.below(100);
  if (dice < 30) {
    destination.dropUploads();
    world.trace('a lifecycle rule drops all uploads');
    return;
  }
  if (dice < 60) destination.remove(key);
  else if (dice < 80) destination.overwrite(key, FOREIGN);
  else destination.overwrite(key, world.source.current(key)?.bytes ?? FOREIGN);
  world.noteChange(key, 'destination');
  world.trace(`another tool changes ${key} at the destination`);
}

/** What the destination has of a key before the workers are first started: another tool's object, the same bytes from elsewhere, or an earlier copy of ours. */
export function prepareDestination(world: World, key: string): void {
  const { random, profile, source, destination } = world;
  const current = source.current(key);
  const dice = random.below(100);
  if (current === undefined) return;
  if (profile.isThereAndBack || dice < 30) copyEarlier(world, current);
  else if (dice < 40) destination.overwrite(key, FOREIGN);
  else if (dice < 50) destination.overwrite(key, current.bytes);
}

function copyEarlier(world: World, { object, bytes }: NonNullable<ReturnType<World['source']['current']>>): void {
  const { key, headers, metadata } = object;
  const tags = tagsOf(key);
  const description = { headers, metadata, tags, record: recordOf(object, { backfill: undefined, crc32: undefined }) };
  const put = { key, body: bytes, crc32: crc32(bytes), condition: { kind: 'empty' }, description } as const;
  // A test double in memory: it is there when this returns.
  void world.destination.put({ ...put, signal: new AbortController().signal });
}

function changed(world: World, key: string, how: string): void {
  world.noteChange(key, 'source');
  world.trace(`the source's ${key} is ${how}`);
}
