import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openFolderObjectStore } from '../../local/store/folder-object-store.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { objectStoreContract } from './object-store.ts';

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
