// How much of each queue a worker holds in work at once.

import { GIBIBYTE } from '../shared/limits.ts';
import type { WindowLimits } from './queue/window.ts';

/** Bytes that large objects, or a backfill, in hand may ask for: more would only wait here instead of with another worker. */
const WINDOW_BYTES = 4 * GIBIBYTE;
/** A batch message stands for many objects: a few in work keep a worker busy. */
const BACKFILL_MAX_MESSAGES = 8;

/** Of a backfill queue of its own. */
export const BACKFILL_WINDOW: WindowLimits = {
  maxMessages: BACKFILL_MAX_MESSAGES,
  maxBackfillMessages: BACKFILL_MAX_MESSAGES,
  maxBytes: WINDOW_BYTES,
};

/** Of the live queue, through which backfills may come too. */
export function liveWindow(maxConcurrentObjects: number): WindowLimits {
  return { maxMessages: maxConcurrentObjects, maxBytes: WINDOW_BYTES };
}
