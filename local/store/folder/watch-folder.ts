// Notices what changes in a folder by hand: a walk in every interval, comparing sizes, times and inodes. Polling works on every file
// system, network drives included, and misses nothing that still differs at the next look.

import { setTimeout as delay } from 'node:timers/promises';

export interface WatchOptions {
  readonly intervalMilliseconds: number;
  readonly signal: AbortSignal;
  /** A file (or an empty directory) that is new or changed, and has stood still for one interval. */
  readonly onChange: (key: string) => void | Promise<void>;
}

export interface FolderLook {
  keys(): AsyncIterable<string>;
  /** Undefined when there is no such object. `isOurs`: it came through the store, not by hand. */
  inspect(key: string): { identity: string; changedMilliseconds: number; isOurs: boolean } | undefined;
}

/**
 * Returns when the signal is aborted. What changed between `sinceMilliseconds` and the first look is reported too. Holds one short
 * string for every object.
 */
export async function watchFolder(look: FolderLook, sinceMilliseconds: number, options: WatchOptions): Promise<void> {
  const { intervalMilliseconds, signal, onChange } = options;
  let settled = new Map<string, string>();
  let moving = new Map<string, string>();
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const nextSettled = new Map<string, string>();
    const nextMoving = new Map<string, string>();
    for await (const key of look.keys()) {
      if (signal.aborted) return;
      const seen = look.inspect(key);
      if (seen === undefined) continue;
      const isOld = isFirst && seen.changedMilliseconds < sinceMilliseconds;
      if (seen.isOurs || isOld || settled.get(key) === seen.identity) nextSettled.set(key, seen.identity);
      else if (moving.get(key) === seen.identity) {
        await onChange(key);
        nextSettled.set(key, seen.identity);
      } else nextMoving.set(key, seen.identity);
    }
    settled = nextSettled;
    moving = nextMoving;
    await delay(intervalMilliseconds, undefined, { signal }).catch(() => undefined); // Aborted: the loop ends by itself.
  }
}
