// What an ObjectStore promises that knows the checksums of its content: it has `checksumsOf` and `stageCopy`.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../local/store/object-store.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { detailsOf, expectBody, type OpenedStore, put, stageBytes } from './object-store.ts';

export function objectStoreChecksumsContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} knows checksums`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    test('knows the checksums of what was written, whatever pieces it came in', async () => {
      const pieces = [await stageBytes(store, 'one', 'two'), await stageBytes(store), await stageBytes(store, 'three')];
      const object = await store.commit('k', pieces, detailsOf('E'));
      const bytes = Buffer.from('onetwothree');
      const checksums = await store.checksumsOf?.(object);
      expect(checksums).toEqual({ crc32: crc32(bytes), crc64: crc64(bytes) });
      const described = await store.describe('k', detailsOf('F'));
      if (described) expect(await store.checksumsOf?.(described)).toEqual(checksums);
      expect(described?.sizeBytes).toBe(bytes.length);
      const empty = await store.commit('empty', [], detailsOf('0'));
      expect(await store.checksumsOf?.(empty)).toEqual({ crc32: 0, crc64: 0n });
    });

    test('copies an object as a piece, which outlives it', async () => {
      const copy = await store.stageCopy?.(await put(store, 'old', 'first'));
      await put(store, 'old', 'other');
      const pieces = [...(copy === undefined ? [] : [copy]), await stageBytes(store, '-second')];
      expect(pieces.map(piece => piece.sizeBytes)).toEqual([5, 7]);
      const joined = await store.commit('joined', pieces, detailsOf('J'));
      await copy?.discard();
      await expectBody(store, joined, 'first-second');
    });
  });
}
