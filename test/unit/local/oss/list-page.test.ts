import { describe, expect, it } from 'vitest';
import { listPage } from '../../../../local/oss/list-page.ts';
import { MemoryObjectStore } from '../../../../local/store/memory-object-store.ts';

const KEYS = ['a', 'a/1', 'a/2', 'a/\u{10FFFF}z', 'b', 'c/', 'c/d/e', 'dir//x', '\uff5e', '😀'];

async function storeOf(keys: readonly string[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (const key of keys) {
    await store.commit(key, [], { etag: '', headers: {}, metadata: {}, tags: {}, attributes: {} });
  }
  return store;
}

/** What a client gathers by following the pages. */
async function listAll(options: { prefix: string; delimiter: string; limit: number }): Promise<string[]> {
  const store = await storeOf(KEYS);
  const entries: string[] = [];
  let after: string | undefined = '';
  for (let pages = 0; after !== undefined; pages++) {
    expect(pages).toBeLessThan(KEYS.length + 1);
    const page = await listPage(store, { ...options, after });
    const found = [...page.objects.map(object => object.key), ...page.commonPrefixes.map(prefix => `${prefix}*`)];
    expect(found.length).toBeLessThanOrEqual(options.limit);
    if (page.nextAfter !== undefined) expect(found).toHaveLength(options.limit);
    entries.push(...found);
    after = page.nextAfter;
  }
  return entries;
}

describe('listPage', () => {
  it.each([1, 2, 3, 5, 100])('gives every key once, %i a page', async limit => {
    expect(await listAll({ prefix: '', delimiter: '', limit })).toEqual(KEYS);
  });

  it.each([1, 2, 3, 5, 100])('rolls up every group once, %i a page', async limit => {
    const entries = await listAll({ prefix: '', delimiter: '/', limit });
    expect([...entries].sort()).toEqual(['a', 'a/*', 'b', 'c/*', 'dir/*', '\uff5e', '😀'].sort());
    expect(new Set(entries).size).toBe(entries.length);
  });

  it('keeps to the prefix, and knows a key that is the prefix itself', async () => {
    expect(await listAll({ prefix: 'c/', delimiter: '/', limit: 1 })).toEqual(['c/', 'c/d/*']);
    expect(await listAll({ prefix: 'dir/', delimiter: '/', limit: 1 })).toEqual(['dir//*']);
    expect(await listAll({ prefix: 'zzz', delimiter: '/', limit: 1 })).toEqual([]);
  });

  it('begins after a key that need not exist', async () => {
    const store = await storeOf(KEYS);
    const page = await listPage(store, { prefix: '', delimiter: '', after: 'a/15', limit: 2 });
    expect(page.objects.map(object => object.key)).toEqual(['a/2', 'a/\u{10FFFF}z']);
    expect(page.nextAfter).toBe('a/\u{10FFFF}z');
  });
});
