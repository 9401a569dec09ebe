// Time that passes only when the schedule says so. Every wait belongs to a process, and ends with it: a process that crashed never wakes.

import { cancelledBy } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Process } from './process.ts';

interface Alarm {
  readonly at: number;
  /** Undefined: the world's own. */
  readonly owner: Process | undefined;
  readonly ring: () => void;
}

const START_MILLISECONDS = Date.UTC(2026, 0, 2);
/** Long waits end on a grid, so that the tickers of all workers ring in one turn: most of a schedule's time nothing else happens. */
const GRID_MILLISECONDS = 5_000;

export class VirtualTime {
  #now = START_MILLISECONDS;
  readonly #alarms = new Set<Alarm>();

  get now(): number {
    return this.#now;
  }

  get elapsedSeconds(): number {
    return (this.#now - START_MILLISECONDS) / 1000;
  }

  /** Calls `ring` once when this many milliseconds have passed; the returned function forgets it. */
  after(milliseconds: number, owner: Process | undefined, ring: () => void): () => void {
    const alarm = { at: this.#now + milliseconds, owner, ring };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  /** When the next alarm rings; undefined when there is none. */
  nextAt(): number | undefined {
    let next: number | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.owner?.isDead === true) this.#alarms.delete(alarm);
      else if (next === undefined || alarm.at < next) next = alarm.at;
    }
    return next;
  }

  /** Rings every alarm up to this moment. */
  advanceTo(at: number): void {
    this.#now = Math.max(this.#now, at);
    const due = [...this.#alarms].filter(alarm => alarm.at <= at);
    for (const alarm of due) {
      this.#alarms.delete(alarm);
      if (alarm.owner?.isDead !== true) alarm.ring();
    }
  }

  clockOf(owner: Process): Clock {
    return {
      now: () => this.#now,
      date: () => new Date(this.#now),
      wait: (milliseconds, signal) => this.#wait(milliseconds, owner, signal),
    };
  }

  #wait(milliseconds: number, owner: Process, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelledBy(signal));
    return new Promise((resolve, reject) => {
      const forget = this.after(this.#onGrid(milliseconds), owner, () => {
        signal.removeEventListener('abort', cancel);
        resolve();
      });
      const cancel = () => {
        forget();
        if (!owner.isDead) reject(cancelledBy(signal));
      };
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  #onGrid(milliseconds: number): number {
    if (milliseconds < GRID_MILLISECONDS) return milliseconds;
    return Math.ceil((this.#now + milliseconds) / GRID_MILLISECONDS) * GRID_MILLISECONDS - this.#now;
  }
}
