// One file of all the pieces, on the file system where it is to go, before the commit's synchronous step.

import { randomBytes } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StagedBytes } from '../object-store.ts';
import { statPath } from './file-identity.ts';
import { temporaryName, type WritablePlace } from './key-path.ts';
import type { FolderState } from './open-folder-state.ts';
import { StagedFile } from './staged-file.ts';

export function randomName(): string {
  return randomBytes(8).toString('hex');
}

/** The only piece itself, else a copy of them all; the pieces stay as they are, for another try. */
export async function joinPieces(state: FolderState, pieces: readonly StagedBytes[]): Promise<StagedFile> {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only instanceof StagedFile && only.sizeBytes > 0) return only;
  const joined = new StagedFile(`${state.stagedFolder}/${randomName()}`);
  try {
    await joined.write(new Uint8Array(0)); // Makes the file, also when there is nothing to write.
    for (const piece of pieces) for await (const chunk of piece.read()) await joined.write(chunk);
    return joined;
  } catch (error) {
    await joined.discard();
    throw error;
  }
}

/** Whether the staged file can be renamed to its place: the same mount, and no other device mounted inside the folder. */
export function isWithinReach(state: FolderState, path: string, place: WritablePlace): boolean {
  const isOneMount = state.isOneMount || path.startsWith(`${state.folder}/`);
  return isOneMount && statPath(dirname(path))?.dev === statPath(place.existingParent)?.dev;
}

/** Copies the file to a hidden one on the target's file system and returns that one's path; recorded, so that a crash leaves none. */
export async function copyBeside(state: FolderState, path: string, place: WritablePlace): Promise<string> {
  const copy = `${place.existingParent}/${temporaryName(randomName())}`;
  state.records.addUnfinished(copy);
  try {
    await copyFile(path, copy);
    return copy;
  } catch (error) {
    await removeCopy(state, copy);
    throw error;
  }
}

export async function removeCopy(state: FolderState, copy: string): Promise<void> {
  await rm(copy, { force: true });
  state.records.removeUnfinished(copy);
}
