// Time that passes only when a test says so; hours in milliseconds.

import { cancelledBy } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';

export interface VirtualClock extends Clock {
  /** Lets this much time pass, each wait ending at its own moment, and everything that follows from it happening before the next. */
  advance(milliseconds: number): Promise<void>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
}

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

export function createVirtualClock(startMilliseconds = 1_000_000): VirtualClock {
  let now = startMilliseconds;
  const alarms = new Set<Alarm>();

  return {
    now: () => now,
    date: () => new Date(now),
    wait(milliseconds, signal) {
      if (signal.aborted) return Promise.reject(cancelledBy(signal));
      return new Promise((resolve, reject) => {
        const cancel = () => {
          alarms.delete(alarm);
          reject(cancelledBy(signal));
        };
        const alarm: Alarm = {
          at: now + milliseconds,
          ring() {
            signal.removeEventListener('abort', cancel);
            resolve();
          },
        };
        alarms.add(alarm);
        signal.addEventListener('abort', cancel, { once: true });
      });
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        now = next.at;
        alarms.delete(next);
        next.ring();
        await settle();
      }
      now = end;
    },
    settle,
  };

  function earliest(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of alarms) if (first === undefined || alarm.at < first.at) first = alarm;
    return first;
  }
}

/** A turn of the event loop runs every promise that is ready, and those that become ready by it. */
async function settle(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
}
