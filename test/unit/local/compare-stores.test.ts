import { beforeEach, describe, expect, it } from 'vitest';
import { compareStores } from '../../../local/compare-stores.ts';
import { ChecksumObjectStore } from '../../../local/store/checksum-object-store.ts';
import { ComputedObjectStore } from '../../../local/store/computed-object-store.ts';
import { MemoryObjectStore } from '../../../local/store/memory-object-store.ts';
import type { ObjectStore } from '../../../local/store/object-store.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../shared/limits.ts';
import { bytesOf } from '../../contract/object-store.ts';

interface Details {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

let source: MemoryObjectStore;
let destination: MemoryObjectStore;
beforeEach(() => {
  source = new MemoryObjectStore();
  destination = new MemoryObjectStore();
});

async function put(store: MemoryObjectStore, key: string, text: string, details: Details = {}): Promise<void> {
  const staged = await store.stage();
  await staged.write(Buffer.from(text));
  await store.commit(key, [staged], {
    etag: 'the same for all',
    headers: details.contentType === undefined ? {} : { 'content-type': details.contentType },
    metadata: details.metadata ?? {},
    tags: {},
    attributes: {},
  });
}

async function putBoth(key: string, text: string): Promise<void> {
  await put(source, key, text);
  await put(destination, key, text);
}

describe('two buckets', () => {
  it('are identical when both are empty', async () => {
    const nothing = { identical: { objects: 0, bytes: 0 }, lost: [], extra: [], different: [] };
    expect(await compareStores(source, destination)).toEqual(nothing);
  });

  it('are counted in objects and bytes where they agree', async () => {
    await putBoth('a', 'one');
    await putBoth('empty', '');
    expect((await compareStores(source, destination)).identical).toEqual({ objects: 2, bytes: 3 });
  });

  it('lose what only the source has, and have extra what only the destination has', async () => {
    await putBoth('m', 'same');
    for (const key of ['a', 'n', 'z']) await put(source, key, key);
    for (const key of ['b', 'zz']) await put(destination, key, key);
    expect(await compareStores(source, destination)).toEqual({
      identical: { objects: 1, bytes: 4 },
      lost: ['a', 'n', 'z'],
      extra: ['b', 'zz'],
      different: [],
    });
  });

  it('are matched in the order of UTF-8, which is not that of JavaScript', async () => {
    // U+FF5E sorts before U+1F600 in UTF-8, and after it in UTF-16.
    for (const key of ['\uff5e', '\u{1f600}']) await putBoth(key, key);
    expect(await compareStores(source, destination)).toMatchObject({ identical: { objects: 2 }, lost: [], extra: [] });
  });

  it('are read to the end, over many pages', async () => {
    for (let index = 0; index < 2_100; index++) await putBoth(`key-${index}`, '');
    await put(source, 'zz-last', 'x');
    expect(await compareStores(source, destination)).toMatchObject({
      identical: { objects: 2_100 },
      lost: ['zz-last'],
    });
  });
});

describe('an object', () => {
  it.each([
    ['bytes', 'longer', { text: 'longer!' }],
    ['bytes', 'same length', { text: 'Same length' }],
  ] as const)('differs in its %s (%s), whatever its ETag says', async (what, text, other) => {
    await put(source, 'k', text);
    await put(destination, 'k', other.text);
    expect(await compareStores(source, destination)).toMatchObject({
      identical: { objects: 0 },
      different: [{ key: 'k', what }],
    });
  });

  it('differs in its Content-Type, if the source has one', async () => {
    await put(source, 'k', 'x', { contentType: 'text/plain' });
    await put(destination, 'k', 'x', { contentType: 'text/html' });
    await put(source, 'untyped', 'x');
    await put(destination, 'untyped', 'x', { contentType: 'binary/octet-stream' });
    expect((await compareStores(source, destination)).different).toEqual([{ key: 'k', what: 'content-type' }]);
  });

  it('differs when metadata was changed or lost, not when the destination has more', async () => {
    await put(source, 'changed', 'x', { metadata: { album: 'a' } });
    await put(destination, 'changed', 'x', { metadata: { album: 'b' } });
    await put(source, 'lost', 'x', { metadata: { album: 'a' } });
    await put(destination, 'lost', 'x');
    await put(source, 'more', 'x', { metadata: { album: 'a' } });
    await put(destination, 'more', 'x', { metadata: { album: 'a', 'bridge-etag': 'e' } });
    expect(await compareStores(source, destination)).toMatchObject({
      identical: { objects: 1 },
      different: [
        { key: 'changed', what: 'metadata' },
        { key: 'lost', what: 'metadata' },
      ],
    });
  });
});

describe('where a store knows checksums', () => {
  const sizeBytes = 2 * MEBIBYTE;
  const computed = (size = sizeBytes) => new ComputedObjectStore({ objects: [{ key: 'k', sizeBytes: size }] });

  async function copy(from: ObjectStore, to: ObjectStore, change = (bytes: Buffer) => bytes): Promise<void> {
    const object = await from.find('k');
    if (object === undefined) throw new Error('k is missing');
    const staged = await to.stage();
    await staged.write(change(await bytesOf(from, object)));
    await to.commit('k', [staged], { etag: 'E', headers: object.headers, metadata: {}, tags: {}, attributes: {} });
  }

  const flip = (bytes: Buffer) => {
    const flipped = Buffer.from(bytes);
    flipped[1_500_000] = (flipped[1_500_000] ?? 0) ^ 1;
    return flipped;
  };

  it('nothing is read if both do', async () => {
    const [left, right] = [computed(20 * GIBIBYTE), computed(20 * GIBIBYTE)];
    for (const store of [left, right]) {
      store.read = () => {
        throw new Error('read');
      };
    }
    expect(await compareStores(left, right)).toMatchObject({ identical: { objects: 1, bytes: 20 * GIBIBYTE } });
    right.putComputed({ key: 'k', sizeBytes: 20 * GIBIBYTE, seed: 'another' });
    expect((await compareStores(left, right)).different).toEqual([{ key: 'k', what: 'bytes' }]);
  });

  it.each([
    ['CRC-32 alone', () => new ChecksumObjectStore()],
    ['CRC-64 as well', () => new ChecksumObjectStore({ crc64: true })],
  ])('a store of no bytes is held against a computed one by its checksums: %s', async (_, open) => {
    const left = computed();
    const right = open();
    await copy(left, right);
    expect(await compareStores(left, right)).toMatchObject({ identical: { objects: 1, bytes: sizeBytes } });
    await copy(left, right, flip);
    expect((await compareStores(left, right)).different).toEqual([{ key: 'k', what: 'bytes' }]);
  });

  it('the other store is read for its own', async () => {
    const summed = new ChecksumObjectStore();
    await copy(computed(), summed);
    for (const other of [summed, computed()]) {
      const memory = new MemoryObjectStore();
      await copy(computed(), memory);
      expect(await compareStores(memory, other)).toMatchObject({ identical: { objects: 1 } });
      expect(await compareStores(other, memory)).toMatchObject({ identical: { objects: 1 } });
      await copy(computed(), memory, flip);
      expect((await compareStores(memory, other)).different).toEqual([{ key: 'k', what: 'bytes' }]);
    }
  });
});
