// What every ObjectStore promises; all stores run it.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectDetails, ObjectStore, StagedBytes, StoredObject } from '../../local/store/object-store.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

export function detailsOf(etag: string, more: Partial<ObjectDetails> = {}): ObjectDetails {
  return { etag, headers: {}, metadata: {}, tags: {}, attributes: {}, ...more };
}

export async function stageBytes(
  store: ObjectStore,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<StagedBytes> {
  const staged = await store.stage();
  for (const chunk of chunks) await staged.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return staged;
}

export async function put(
  store: ObjectStore,
  key: string,
  body: string | Uint8Array,
  etag = 'E',
): Promise<StoredObject> {
  return store.commit(key, [await stageBytes(store, body)], detailsOf(etag));
}

export async function bytesOf(
  store: ObjectStore,
  object: StoredObject,
  range = { start: 0, end: object.sizeBytes },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(object, range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Where a store keeps no bytes, its length and checksums are those of `body`. */
export async function expectBody(store: ObjectStore, object: StoredObject, body: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(body);
  if (store.keepsBytes === false) {
    const { crc32: sum } = (await store.checksumsOf?.(object)) ?? {};
    expect([object.sizeBytes, sum]).toEqual([bytes.length, crc32(bytes)]);
  } else {
    expect(bytes.equals(await bytesOf(store, object)), `the bytes of ${JSON.stringify(object.key)}`).toBe(true);
  }
}

export async function listAll(store: ObjectStore, prefix = '', limit = 1000): Promise<string[]> {
  const keys: string[] = [];
  for (let startAfter = ''; ; ) {
    const page = await store.list({ prefix, startAfter, limit });
    keys.push(...page.map(object => object.key));
    const last = page.at(-1);
    if (last === undefined) return keys;
    startAfter = last.key;
  }
}

/** Keys that trip a store which thinks of them as paths, as C strings, as UTF-16 or as patterns. */
export const HARD_KEYS: readonly string[] = [
  'a',
  'a/',
  'a/b',
  'a/b/',
  'a//b',
  'a//',
  'a.b',
  'a0',
  '/',
  '//',
  '/a',
  '.',
  '..',
  './a',
  '../a',
  '../../../../tmp/escape',
  'a/../b',
  'a/./b',
  'a/..',
  'd/only-a-directory/',
  'nul\0byte',
  'new\nline',
  'tab\there',
  ' ',
  ' leading',
  'trailing ',
  'back\\slash',
  'percent%2Fslash',
  'quote\'"`$(x)*?[]',
  '*',
  '\u{feff}bom',
  'Ä',
  'A\u0308',
  '中文/对象.txt',
  '\u{ff5e}',
  '\u{1f600}',
  '\u{10ffff}',
  '\u{ffff}',
  `${'x'.repeat(255)}`,
  `${'x'.repeat(256)}`,
  `${'中'.repeat(86)}/y`,
  `${'deep/'.repeat(200)}leaf`,
  '__proto__',
  'constructor',
];

export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  { keepsBytes = true }: { readonly keepsBytes?: boolean } = {},
): void {
  describe(`${name} is an ObjectStore`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    test('starts empty', async () => {
      expect(await store.find('a')).toBeUndefined();
      expect(await store.list({ prefix: '', startAfter: '', limit: 10 })).toEqual([]);
      expect(await store.remove('a')).toBeUndefined();
      expect(await store.describe('a', detailsOf('E'))).toBeUndefined();
    });

    test('returns what was stored, details and bytes', async () => {
      const details: ObjectDetails = {
        etag: 'ABC-2',
        headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache' },
        metadata: { author: 'Zoë', __proto__x: '1' },
        tags: { team: 'blue' },
        attributes: { type: 'Normal', crc64: '18446744073709551615' },
      };
      const before = Date.now();
      const stored = await store.commit('k', [await stageBytes(store, 'hello')], details);
      expect(stored).toMatchObject({ key: 'k', sizeBytes: 5, ...details });
      expect(stored.lastModified.getTime()).toBeGreaterThanOrEqual(before - 1000);
      expect(await store.find('k')).toEqual(stored);
      expect(await store.list({ prefix: '', startAfter: '', limit: 10 })).toEqual([stored]);
      await expectBody(store, stored, 'hello');
    });

    test('joins pieces in their order, empty ones and none included', async () => {
      const pieces = [
        await stageBytes(store, 'one', 'two'),
        await stageBytes(store),
        await stageBytes(store, new Uint8Array(0), 'three'),
      ];
      expect(pieces.map(piece => piece.sizeBytes)).toEqual([6, 0, 5]);
      const joined = await store.commit('joined', pieces, detailsOf('J'));
      expect(joined.sizeBytes).toBe(11);
      await expectBody(store, joined, 'onetwothree');
      const empty = await store.commit('empty', [], detailsOf('0'));
      expect(empty.sizeBytes).toBe(0);
      await expectBody(store, empty, '');
    });

    test.skipIf(!keepsBytes)('reads any range of a body of many chunks', async () => {
      const body = Buffer.alloc(600_001, 'abcdefghijklmnopqrstuvwxyz0123456789-');
      const pieces = [
        await stageBytes(store, body.subarray(0, 262_143), body.subarray(262_143, 262_144)),
        await stageBytes(store, body.subarray(262_144)),
      ];
      const object = await store.commit('big', pieces, detailsOf('B'));
      const edges = [0, 1, 262_143, 262_144, 262_145, 600_000, 600_001];
      for (const start of edges) {
        for (const end of edges.filter(edge => edge >= start)) {
          const bytes = await bytesOf(store, object, { start, end });
          expect(bytes.equals(body.subarray(start, end)), `[${start}, ${end})`).toBe(true);
        }
      }
    });

    test.skipIf(!keepsBytes)('staged bytes can be read back, are copies, and may be discarded twice', async () => {
      const staged = await store.stage();
      const buffer = Buffer.from('first');
      await staged.write(buffer);
      buffer.fill('x');
      await staged.write(Buffer.from('-second'));
      const chunks: Uint8Array[] = [];
      for await (const chunk of staged.read()) chunks.push(Buffer.from(chunk));
      expect(String(Buffer.concat(chunks))).toBe('first-second');
      await staged.discard();
      await staged.discard();
      expect(await listAll(store)).toEqual([]);
    });

    test('discarding pieces after a commit leaves the object alone', async () => {
      const pieces = [await stageBytes(store, 'a'), await stageBytes(store, 'b')];
      const object = await store.commit('k', pieces, detailsOf('E'));
      for (const piece of pieces) await piece.discard();
      await expectBody(store, object, 'ab');
    });

    test('keeps hard keys apart, in UTF-8 order, whatever the order of writing', async () => {
      for (const keys of [HARD_KEYS, HARD_KEYS.toReversed()]) {
        // Zero bytes for every other key, so that "a/" is once a directory marker and once a body.
        const bodyOf = (key: string) => (keys.indexOf(key) % 2 === 0 ? '' : `body of ${key}`);
        for (const key of keys) await put(store, key, bodyOf(key), `etag of ${keys.indexOf(key)}`);
        expect(await listAll(store)).toEqual(HARD_KEYS.toSorted(compareUtf8));
        for (const key of keys) {
          const object = await store.find(key);
          expect(object?.etag, key).toBe(`etag of ${keys.indexOf(key)}`);
          if (object) await expectBody(store, object, bodyOf(key));
        }
        for (const key of keys) expect((await store.remove(key))?.key).toBe(key);
        expect(await listAll(store)).toEqual([]);
      }
    });

    test('lists by prefix, strictly after a key, a page at a time', async () => {
      for (const key of ['a', 'a.b', 'a/b', 'a/c', 'a0', 'b/1', 'b/2', '\u{ff5e}', '\u{1f600}'])
        await put(store, key, key);
      const cases: readonly { prefix: string; startAfter: string; keys: readonly string[] }[] = [
        { prefix: '', startAfter: '', keys: ['a', 'a.b', 'a/b', 'a/c', 'a0', 'b/1', 'b/2', '\u{ff5e}', '\u{1f600}'] },
        { prefix: '', startAfter: 'a/b', keys: ['a/c', 'a0', 'b/1', 'b/2', '\u{ff5e}', '\u{1f600}'] },
        { prefix: '', startAfter: 'a/bb', keys: ['a/c', 'a0', 'b/1', 'b/2', '\u{ff5e}', '\u{1f600}'] },
        { prefix: '', startAfter: 'a/', keys: ['a/b', 'a/c', 'a0', 'b/1', 'b/2', '\u{ff5e}', '\u{1f600}'] },
        { prefix: '', startAfter: '\u{ff5e}', keys: ['\u{1f600}'] },
        { prefix: '', startAfter: '\u{10ffff}', keys: [] },
        { prefix: 'a', startAfter: '', keys: ['a', 'a.b', 'a/b', 'a/c', 'a0'] },
        { prefix: 'a', startAfter: 'a', keys: ['a.b', 'a/b', 'a/c', 'a0'] },
        { prefix: 'a/', startAfter: '', keys: ['a/b', 'a/c'] },
        { prefix: 'a/', startAfter: 'a/b', keys: ['a/c'] },
        { prefix: 'a/', startAfter: 'b', keys: [] },
        { prefix: 'b', startAfter: 'a0', keys: ['b/1', 'b/2'] },
        { prefix: 'b/2', startAfter: '', keys: ['b/2'] },
        { prefix: 'b/2/', startAfter: '', keys: [] },
        { prefix: 'zz', startAfter: '', keys: [] },
      ];
      for (const { prefix, startAfter, keys } of cases) {
        for (const limit of [1, 2, 3, 1000]) {
          const page = await store.list({ prefix, startAfter, limit });
          expect(
            page.map(object => object.key),
            JSON.stringify({ prefix, startAfter, limit }),
          ).toEqual(keys.slice(0, limit));
        }
      }
      expect(await listAll(store, '', 2)).toEqual(cases[0]?.keys);
    });

    test('a model of any Unicode keys, put and removed in any order, agrees', async () => {
      const segment = fc.oneof(
        fc.constantFrom('a', 'b', '.', '..', '', 'A', '\u{ff5e}', '\u{1f600}'),
        fc.string({ unit: 'grapheme-composite', maxLength: 3 }),
      );
      const key = fc
        .array(segment, { minLength: 1, maxLength: 4 })
        .map(parts => parts.join('/'))
        .filter(text => text !== '');
      const step = fc.record({ key, isPut: fc.boolean(), body: fc.string({ maxLength: 3 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
          const model = new Map<string, string>();
          for (const { key, isPut, body } of steps) {
            if (isPut) await put(store, key, body);
            else expect((await store.remove(key))?.key).toBe(model.has(key) ? key : undefined);
            if (isPut) model.set(key, body);
            else model.delete(key);
          }
          expect(await listAll(store, '', 7)).toEqual([...model.keys()].sort(compareUtf8));
          for (const [key, body] of model) {
            const object = await store.find(key);
            expect(object?.sizeBytes).toBe(Buffer.byteLength(body));
            if (object) await expectBody(store, object, body);
          }
          for (const key of model.keys()) await store.remove(key);
          expect(await listAll(store)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    });

    test('a refused change changes nothing', async () => {
      const first = await put(store, 'k', 'first', '1');
      const refuse = () => {
        throw new Error('refused');
      };
      const second = await stageBytes(store, 'second');
      await expect(store.commit('k', [second], detailsOf('2'), refuse)).rejects.toThrow('refused');
      await expect(store.commit('new', [await stageBytes(store, 'x')], detailsOf('2'), refuse)).rejects.toThrow(
        'refused',
      );
      await expect(store.describe('k', detailsOf('2'), { accept: refuse })).rejects.toThrow('refused');
      await expect(store.remove('k', refuse)).rejects.toThrow('refused');
      expect(await store.find('k')).toEqual(first);
      expect(await listAll(store)).toEqual(['k']);
      await expectBody(store, first, 'first');
      // The bytes of a refused commit are still there for another try.
      const object = await store.commit('k', [second], detailsOf('2'));
      await expectBody(store, object, 'second');
    });

    test('shows `accept` what is stored now', async () => {
      const seen: (string | undefined)[] = [];
      const accept = (current: StoredObject | undefined) => void seen.push(current?.etag);
      await store.commit('k', [await stageBytes(store, '1')], detailsOf('1'), accept);
      await store.commit('k', [await stageBytes(store, '2')], detailsOf('2'), accept);
      await store.describe('k', detailsOf('3'), { accept });
      await store.remove('k', accept);
      await store.remove('k', accept);
      expect(seen).toEqual([undefined, '1', '2', '3', undefined]);
    });

    test('of many conditional creates at once exactly one wins', async () => {
      for (const key of ['plain', 'no//path']) {
        const attempts = await Promise.all(
          Array.from({ length: 20 }, (_, index) => stageBytes(store, `body ${index}`)),
        );
        const results = await Promise.allSettled(
          attempts.map((piece, index) =>
            store.commit(key, [piece], detailsOf(`${index}`), current => {
              if (current) throw new Error('exists');
            }),
          ),
        );
        const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
        expect(winners).toHaveLength(1);
        const object = await store.find(key);
        expect(object?.etag).toBe(`${winners[0]}`);
        if (object) await expectBody(store, object, `body ${winners[0]}`);
      }
    });

    test('no update is lost among compare-and-swap writers', async () => {
      await put(store, 'counter', '0', '0');
      const increment = async () => {
        for (let attempt = 0; attempt < 1000; attempt++) {
          const seen = await store.find('counter');
          const next = `${Number(seen?.etag) + 1}`;
          const piece = await stageBytes(store, next);
          try {
            await store.commit('counter', [piece], detailsOf(next), current => {
              if (current?.etag !== seen?.etag) throw new Error('changed');
            });
            return;
          } catch {
            await piece.discard(); // Somebody else was first: look again.
          }
        }
        throw new Error('never won');
      };
      await Promise.all(Array.from({ length: 8 }, increment));
      const object = await store.find('counter');
      expect(object?.etag).toBe('8');
      if (object) await expectBody(store, object, '8');
    });

    test.skipIf(!keepsBytes)('a version that was replaced reads as itself or throws, never as another', async () => {
      const old = await put(store, 'k', Buffer.alloc(700_000, 'a'), '1');
      const reading = store.read(old, { start: 0, end: old.sizeBytes })[Symbol.asyncIterator]();
      const first = await reading.next();
      expect(first.done).toBe(false);
      await put(store, 'k', Buffer.alloc(700_000, 'b'), '2');
      const seen = new Set<number | undefined>();
      try {
        for (let next = first; !next.done; next = await reading.next())
          for (const byte of new Set(next.value)) seen.add(byte);
        for (const byte of new Set(await bytesOf(store, old))) seen.add(byte);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'retryable', code: 'object-changed' });
      }
      expect([...seen]).toEqual(['a'.charCodeAt(0)]);
    });

    test('a copy of a StoredObject reads like the original, until the version is gone', async () => {
      const object = { ...(await put(store, 'k', 'one', '1')) };
      await expectBody(store, object, 'one');
      await put(store, 'k', 'two', '2');
      await expect(expectBody(store, object, 'one')).rejects.toMatchObject({ code: 'object-changed' });
      await store.remove('k');
      await expect(expectBody(store, object, 'one')).rejects.toMatchObject({ code: 'object-changed' });
    });

    test('describes anew without touching the bytes', async () => {
      for (const key of ['plain', 'no//path', 'directory/']) {
        const before = await put(store, key, key.endsWith('/') ? '' : 'bytes', '1');
        const kept = await store.describe(key, detailsOf('2', { metadata: { a: 'b' } }), { keepLastModified: true });
        expect(kept).toEqual({ ...before, ...detailsOf('2', { metadata: { a: 'b' } }) });
        const fresh = await store.describe(key, detailsOf('3'));
        expect(fresh?.lastModified.getTime()).toBeGreaterThanOrEqual(before.lastModified.getTime());
        expect(await store.find(key)).toEqual(fresh);
        if (fresh) await expectBody(store, fresh, key.endsWith('/') ? '' : 'bytes');
      }
    });
  });
}
