import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders of these names in a new one, all of which `remove` removes. */
export async function makeTemporaryFolders<const Name extends string>(names: readonly Name[]) {
  const root = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-folders-'));
  for (const name of names) await mkdir(join(root, name));
  return {
    path: (name: Name) => join(root, name),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
