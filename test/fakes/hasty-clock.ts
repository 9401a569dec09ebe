// A clock for waits beside real sockets: a wait is over at once, and so much later.

import { cancelledBy } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';

export interface HastyClock extends Clock {
  /** Milliseconds waited so far. */
  readonly waited: number;
}

export function createHastyClock(start = Date.UTC(2026, 2, 4, 5, 6, 0)): HastyClock {
  let now = start;
  return {
    get waited() {
      return now - start;
    },
    now: () => now,
    date: () => new Date(now),
    async wait(milliseconds, signal) {
      await new Promise(resolve => setImmediate(resolve));
      if (signal.aborted) throw cancelledBy(signal);
      now += milliseconds;
    },
  };
}
