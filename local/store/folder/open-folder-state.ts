// Opens the folder and its state folder: makes what is missing, refuses overlaps, sweeps what a crash left behind.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { FolderRecords } from './folder-records.ts';
import { temporaryName } from './key-path.ts';
import { isSameOrAbove, realPathOf } from './real-path.ts';

export interface FolderState {
  /** Without symbolic links, as are the other two. */
  readonly folder: string;
  readonly blobFolder: string;
  readonly stagedFolder: string;
  /** False when the two lie in different mounts, be it of one device, as containers have them: a rename fails with EXDEV there. */
  readonly isOneMount: boolean;
  readonly records: FolderRecords;
}

/** Throws `folder-missing` (read-only and not there) and `folders-overlap`. */
export function openFolderState(options: { folder: string; stateFolder: string; readOnly: boolean }): FolderState {
  if (!options.readOnly) mkdirSync(options.folder, { recursive: true });
  const folder = realPathOf(options.folder);
  if (folder === undefined) throw refusal('folder-missing', `There is no folder ${options.folder}.`);
  mkdirSync(options.stateFolder, { recursive: true });
  const stateFolder = realpathSync.native(options.stateFolder);
  const blobFolder = `${stateFolder}/blobs`;
  const stagedFolder = `${stateFolder}/staged`;
  if (isSameOrAbove(folder, stateFolder) || [blobFolder, stagedFolder].some(path => isSameOrAbove(path, folder))) {
    throw refusal('folders-overlap', `The state folder ${stateFolder} must lie outside of the folder ${folder}.`);
  }
  for (const path of [blobFolder, stagedFolder]) mkdirSync(path, { recursive: true });
  const records = new FolderRecords(`${stateFolder}/records.db`);
  const isOneMount = options.readOnly || canRename(stagedFolder, folder);
  const state = { folder, blobFolder, stagedFolder, isOneMount, records };
  sweep(state);
  return state;
}

/** By trying: neither device numbers nor paths tell. */
function canRename(from: string, to: string): boolean {
  const name = temporaryName(randomBytes(8).toString('hex'));
  try {
    writeFileSync(`${from}/${name}`, '');
    renameSync(`${from}/${name}`, `${to}/${name}`);
    return true;
  } catch (error) {
    // Whatever else is wrong with the folder is said where it matters, by the first upload.
    return !(error instanceof Error && 'code' in error && error.code === 'EXDEV');
  } finally {
    rmSync(`${from}/${name}`, { force: true });
    rmSync(`${to}/${name}`, { force: true });
  }
}

function sweep({ blobFolder, stagedFolder, records }: FolderState): void {
  for (const name of readdirSync(stagedFolder)) rmSync(`${stagedFolder}/${name}`, { force: true });
  for (const path of records.listUnfinished()) {
    rmSync(path, { force: true });
    records.removeUnfinished(path);
  }
  for (const name of readdirSync(blobFolder)) {
    if (!records.isBlobFile(name)) rmSync(`${blobFolder}/${name}`, { force: true });
  }
}

function refusal(code: string, message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code, message });
}
