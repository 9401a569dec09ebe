// One directory's names in the order of the keys below it. A directory `a` sorts as `a/`, because all its keys begin with that:
// "a.b" < "a/…" < "a0".

import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { compareUtf8 } from '../../../shared/utf8-order.ts';
import { statPath } from './file-identity.ts';
import { isTemporaryName } from './key-path.ts';
import type { OnLeftOut } from './left-out.ts';

export interface DirectoryNames {
  /** Ascending by UTF-8 bytes; directories (also linked ones) end with `/`. */
  readonly names: string[];
  /** Those of the directories that are symbolic links. */
  readonly links: ReadonlySet<string>;
}

export async function readDirectory(path: string, onLeftOut: OnLeftOut): Promise<DirectoryNames> {
  const names: string[] = [];
  const links = new Set<string>();
  for (const entry of await readNames(path, onLeftOut)) {
    if (!isUtf8(entry.name)) {
      onLeftOut(`${path}/${entry.name.toString('latin1')}`, 'name-not-utf8');
      continue;
    }
    const name = entry.name.toString();
    if (isTemporaryName(name)) continue;
    const target = entry.isSymbolicLink() ? statPath(`${path}/${name}`) : entry;
    if (target === undefined) onLeftOut(`${path}/${name}`, 'dangling-link');
    else if (target.isFile()) names.push(name);
    else if (target.isDirectory()) {
      names.push(`${name}/`);
      if (entry.isSymbolicLink()) links.add(`${name}/`);
    } else onLeftOut(`${path}/${name}`, 'not-a-file');
  }
  return { names: names.sort(compareUtf8), links };
}

async function readNames(path: string, onLeftOut: OnLeftOut): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { encoding: 'buffer', withFileTypes: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENAMETOOLONG') onLeftOut(path, 'path-too-long');
    else if (code === 'EACCES' || code === 'EPERM') onLeftOut(path, 'unreadable');
    // Removed or replaced since its parent was read: it has nothing to list.
    else if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return [];
  }
}
