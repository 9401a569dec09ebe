// Token buckets. A taker is never refused: it takes what it needs at once, into debt if it must, and is told how long to wait. So the
// order is kept, a taker larger than the burst gets through, and the long-run rate is exact whatever the timers' grain.

import { wait } from '../../shared/backoff.ts';

export interface TokenBucketOptions {
  readonly unitsPerSecond: number;
  /** How much may be taken at once after a pause. */
  readonly burstUnits: number;
  /** Milliseconds; monotonic. */
  readonly now: () => number;
}

export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #units: number;
  #filledAt: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#units = options.burstUnits;
    this.#filledAt = options.now();
  }

  /** Takes them now. @returns milliseconds to wait before using them */
  take(units: number): number {
    const { unitsPerSecond, burstUnits, now } = this.#options;
    const at = now();
    const elapsedMilliseconds = Math.max(0, at - this.#filledAt);
    this.#filledAt = at;
    this.#units = Math.min(burstUnits, this.#units + (elapsedMilliseconds * unitsPerSecond) / 1000) - units;
    return this.#units >= 0 ? 0 : (-this.#units * 1000) / unitsPerSecond;
  }
}

/** What every request to the source and every byte from it must pass. Share one among all adapters of a process. */
export interface TrafficLimits {
  /** Before each request. */
  request(signal: AbortSignal): Promise<void>;
  /** After bytes arrived, before more are read; undefined when there is no need to wait. */
  bytes(lengthBytes: number, signal: AbortSignal): Promise<void> | undefined;
}

export interface TrafficLimitOptions {
  readonly maxRequestsPerSecond?: number | undefined;
  readonly maxMegabitsPerSecond?: number | undefined;
  readonly now?: () => number;
}

/** A tenth of a second's worth may come at once; less would leave the line idle between the ticks of a timer. */
const BURST_SECONDS = 0.1;
const BYTES_PER_MEGABIT = 1_000_000 / 8;
/** Shorter waits are not worth a timer; the debt is carried to the next taker. */
const SHORTEST_WAIT_MILLISECONDS = 1;

export function createTrafficLimits(options: TrafficLimitOptions): TrafficLimits {
  const now = options.now ?? (() => performance.now());
  const bucketOf = (unitsPerSecond: number | undefined, leastBurst: number) =>
    unitsPerSecond === undefined
      ? undefined
      : new TokenBucket({ unitsPerSecond, burstUnits: Math.max(leastBurst, unitsPerSecond * BURST_SECONDS), now });
  const requests = bucketOf(options.maxRequestsPerSecond, 1);
  const megabits = options.maxMegabitsPerSecond;
  const bytes = bucketOf(megabits === undefined ? undefined : megabits * BYTES_PER_MEGABIT, 0);
  return {
    request: async signal => {
      const milliseconds = requests?.take(1) ?? 0;
      if (milliseconds >= SHORTEST_WAIT_MILLISECONDS) await wait(milliseconds, signal);
    },
    bytes: (lengthBytes, signal) => {
      const milliseconds = bytes?.take(lengthBytes) ?? 0;
      return milliseconds >= SHORTEST_WAIT_MILLISECONDS ? wait(milliseconds, signal) : undefined;
    },
  };
}
