import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ChecksumObjectStore } from '../../local/store/checksum-object-store.ts';
import { ComputedObjectStore } from '../../local/store/computed-object-store.ts';
import { openFolderObjectStore } from '../../local/store/folder-object-store.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { HARD_KEYS, type OpenedStore, objectStoreContract } from './object-store.ts';
import { objectStoreChecksumsContract } from './object-store-checksums.ts';

objectStoreContract('MemoryObjectStore', async () => {
  const store = new MemoryObjectStore();
  return { store, close: () => store.close() };
});

for (const details of ['oss', 's3'] as const) {
  objectStoreContract(`FolderObjectStore (${details})`, async () => {
    const base = await mkdtemp(join(tmpdir(), 'folder-store-'));
    const store = await openFolderObjectStore({
      folder: join(base, 'bucket'),
      stateFolder: join(base, 'state'),
      details,
    });
    return {
      store,
      close: async () => {
        await store.close();
        expect((await readdir(base)).sort()).toEqual(['bucket', 'state']); // Nothing escaped.
        await rm(base, { recursive: true });
      },
    };
  });
}

async function openComputed(): Promise<OpenedStore> {
  // It computes what the contract writes, and all of that was removed: nothing of it may come back.
  const objects = [...HARD_KEYS, 'k', 'plain', 'counter', 'b/1'].map(key => ({ key, sizeBytes: 10 }));
  const families = [{ prefix: 'b/', count: 3, describe: () => ({ sizeBytes: 1 }) }];
  const store = new ComputedObjectStore({ objects, families });
  for (const { key } of await store.list({ prefix: '', startAfter: '', limit: 1000 })) await store.remove(key);
  return { store, close: () => store.close() };
}

async function openChecksums(): Promise<OpenedStore> {
  const store = new ChecksumObjectStore({ crc64: true });
  return { store, close: () => store.close() };
}

objectStoreContract('ComputedObjectStore', openComputed);
objectStoreChecksumsContract('ComputedObjectStore', openComputed);
objectStoreContract('ChecksumObjectStore', openChecksums, { keepsBytes: false });
objectStoreChecksumsContract('ChecksumObjectStore', openChecksums);
