import { realpathSync } from 'node:fs';

/** A directory that holds one that we are in would be walked for ever. */
export function isSameOrAbove(realPath: string, other: string): boolean {
  return realPath === other || realPath === '/' || other.startsWith(`${realPath}/`);
}

export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined; // Gone, or a loop of links: nothing is below it.
  }
}
