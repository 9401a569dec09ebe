// A copy of the product and of this simulation, with one shortcut built in, to be run by a process of its own.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shortcut } from './shortcuts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['aws-worker', 'shared', 'test/fakes', 'test/simulation', 'package.json'];

export interface ShortcutTree {
  /** The command line of the simulation in it. */
  readonly script: string;
  remove(): Promise<void>;
}

/** @throws Error when a text to be replaced is not found exactly once */
export async function makeShortcutTree({ edits }: Shortcut): Promise<ShortcutTree> {
  await mkdir(join(ROOT, 'data'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'data', 'shortcut-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const path of COPIED) await cp(join(ROOT, path), join(folder, path), { recursive: true });
    for (const { file, find, replace } of edits) {
      const text = await readFile(join(folder, file), 'utf8');
      const pieces = text.split(find);
      if (pieces.length !== 2) throw new Error(`${file} has ${pieces.length - 1} times: ${find}`);
      await writeFile(join(folder, file), pieces.join(replace));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { script: join(folder, 'test/simulation/run.ts'), remove };
}
