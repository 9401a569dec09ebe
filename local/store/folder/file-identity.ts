// Which version of a file this is, without reading it: an edit changes its size or its time, a replacement its inode. (An edit in place
// of the same size within one tick of the file system's clock, some milliseconds, goes unseen.)

import { type BigIntStats, statSync } from 'node:fs';

export interface FileIdentity {
  /** Equal for the same version only; survives a rename. */
  readonly text: string;
  readonly sizeBytes: number;
  readonly modifiedMilliseconds: number;
  /** Also moves when a file is renamed or copied with its times. */
  readonly changedMilliseconds: number;
}

export function identityOf(stats: BigIntStats): FileIdentity {
  return {
    text: `${stats.size}:${stats.mtimeNs}:${stats.ino}`,
    sizeBytes: Number(stats.size),
    modifiedMilliseconds: Number(stats.mtimeMs),
    changedMilliseconds: Number(stats.ctimeMs),
  };
}

/** A directory's time moves with every file in it, so only the inode tells. */
export function directoryIdentityOf(stats: BigIntStats): FileIdentity {
  return { ...identityOf(stats), text: `directory:${stats.ino}`, sizeBytes: 0 };
}

/** Follows symbolic links; undefined when nothing (that we may see) is there. */
export function statPath(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // ELOOP, ENOTDIR, EACCES, ENAMETOOLONG: there is no such file for us.
  }
}
