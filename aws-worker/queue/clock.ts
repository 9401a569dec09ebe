// The only source of time for the consumer, so that its tests run hours of heartbeats without waiting.

import { wait } from '../../shared/backoff.ts';

export interface Clock {
  /** Monotonic milliseconds, on the scale of `performance.now()`. */
  now(): number;
  /** The time of day, for people. */
  date(): Date;
  /** @throws BridgeError cancelled when the signal aborts first */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { now: () => performance.now(), date: () => new Date(), wait };
