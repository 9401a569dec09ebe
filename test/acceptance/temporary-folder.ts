import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Folders of these names in a new one, which is removed after the suite. */
export async function makeTemporaryFolder<const Name extends string>(
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const root = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-folders-'));
  afterAll(() => rm(root, { recursive: true, force: true }));
  for (const name of names) await mkdir(join(root, name));
  return Object.fromEntries(names.map(name => [name, join(root, name)])) as Record<Name, string>;
}
