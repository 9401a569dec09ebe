// The two buckets of a run: folders of the user's, or the demo's own under data/demo.

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FolderObjectStore, openFolderObjectStore } from './store/folder-object-store.ts';

export interface Buckets {
  readonly source: FolderObjectStore;
  readonly destination: FolderObjectStore;
  /** Where this run's ledger and log live. */
  readonly stateFolder: string;
  /** Paths of the source that are no objects: broken links, sockets, names that are not UTF-8. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

const DEMO_FOLDER = 'data/demo';

export async function openBuckets(
  folders: { readonly source: string; readonly destination: string } | undefined,
): Promise<Buckets> {
  if (folders !== undefined) return await open(folders, stateFolderOf(folders));
  rmSync(DEMO_FOLDER, { recursive: true, force: true });
  const demo = { source: join(DEMO_FOLDER, 'source'), destination: join(DEMO_FOLDER, 'destination') };
  for (const folder of Object.values(demo)) mkdirSync(folder, { recursive: true });
  return await open(demo, join(DEMO_FOLDER, 'state'));
}

/** What is remembered of objects (metadata, checksums) survives to the next run with the same two folders. */
function stateFolderOf(folders: { readonly source: string; readonly destination: string }): string {
  const name = createHash('sha256')
    .update(JSON.stringify([folders.source, folders.destination]))
    .digest('hex');
  return join('data/local', name.slice(0, 16));
}

async function open(
  folders: { readonly source: string; readonly destination: string },
  stateFolder: string,
): Promise<Buckets> {
  const runFolder = join(stateFolder, 'run');
  rmSync(runFolder, { recursive: true, force: true });
  mkdirSync(runFolder, { recursive: true });
  const leftOut: { path: string; reason: string }[] = [];
  const source = await openFolderObjectStore({
    folder: folders.source,
    stateFolder: join(stateFolder, 'source'),
    details: 'oss',
    onLeftOut: (path, reason) => leftOut.push({ path, reason }),
  });
  const destination = await openFolderObjectStore({
    folder: folders.destination,
    stateFolder: join(stateFolder, 'destination'),
    details: 's3',
  });
  return { source, destination, stateFolder: runFolder, leftOut };
}
