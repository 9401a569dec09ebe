// The only source of time for the consumer and the domain, so that tests run hours of heartbeats, and schedules of many workers, without waiting.

import { wait } from './backoff.ts';

export interface Clock {
  /** Monotonic milliseconds, on the scale of `performance.now()`. */
  now(): number;
  /** The time of day, for people. */
  date(): Date;
  /** @throws BridgeError cancelled when the signal aborts first */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { now: () => performance.now(), date: () => new Date(), wait };
