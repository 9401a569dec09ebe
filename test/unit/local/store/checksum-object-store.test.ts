import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ChecksumObjectStore } from '../../../../local/store/checksum-object-store.ts';
import { MemoryObjectStore } from '../../../../local/store/memory-object-store.ts';
import { crc32 } from '../../../../shared/checksums/crc32.ts';
import { crc64 } from '../../../../shared/checksums/crc64.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { bytesOf, detailsOf, put, stageBytes } from '../../../contract/object-store.ts';

describe('a store of checksums', () => {
  it('says that it has no bytes to read, of an object or a piece', async () => {
    const store = new ChecksumObjectStore();
    const object = await put(store, 'k', 'bytes');
    const refusal = { kind: 'permanent', code: 'bytes-not-kept' };
    await expect(bytesOf(store, object)).rejects.toMatchObject({ ...refusal, key: 'k' });
    await expect(bytesOf(store, object, { start: 2, end: 2 })).resolves.toHaveLength(0);
    const read = async () => {
      for await (const _ of (await stageBytes(store, 'x')).read());
    };
    await expect(read()).rejects.toMatchObject(refusal);
  });

  it('knows one flipped bit, swapped pieces and a lost one from what belongs there', async () => {
    const store = new ChecksumObjectStore();
    const [first, second] = [randomBytes(1000), randomBytes(1000)];
    const flipped = Buffer.from(second);
    flipped[500] = (flipped[500] ?? 0) ^ 1;
    const sums = new Set<number | undefined>();
    for (const bodies of [[first, second], [first, flipped], [second, first], [first]]) {
      const pieces = await Promise.all(bodies.map(body => stageBytes(store, body)));
      sums.add((await store.checksumsOf(await store.commit('k', pieces, detailsOf('E')))).crc32);
    }
    expect(sums.size).toBe(4);
    expect(sums).toContain(crc32(Buffer.concat([first, second])));
  });

  it('computes a CRC-64 only where it was asked to', async () => {
    const bytes = Buffer.from('some bytes');
    const checksumsIn = async (store: ChecksumObjectStore) => store.checksumsOf(await put(store, 'k', bytes));
    expect((await checksumsIn(new ChecksumObjectStore())).crc64).toBeUndefined();
    expect((await checksumsIn(new ChecksumObjectStore({ crc64: true }))).crc64).toBe(crc64(bytes));
  });

  it('reads the pieces of another store', async () => {
    const store = new ChecksumObjectStore({ crc64: true });
    const piece = await stageBytes(new MemoryObjectStore(), 'from ', 'elsewhere');
    const object = await store.commit('k', [piece, await stageBytes(store, '!')], detailsOf('E'));
    const bytes = Buffer.from('from elsewhere!');
    expect(object.sizeBytes).toBe(bytes.length);
    expect(await store.checksumsOf(object)).toEqual({ crc32: crc32(bytes), crc64: crc64(bytes) });
  });

  it('keeps nothing of what it is given', async () => {
    const store = new ChecksumObjectStore();
    const chunk = randomBytes(MEBIBYTE);
    const before = process.memoryUsage().arrayBuffers;
    const staged = await store.stage();
    for (let count = 0; count < 256; count++) await staged.write(chunk);
    const object = await store.commit('k', [staged], detailsOf('E'));
    expect(object.sizeBytes).toBe(256 * MEBIBYTE);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MEBIBYTE);
  });
});
