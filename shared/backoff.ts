// How long to wait before trying again: exponential with full jitter, so that a fleet which failed together does not return together.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

import { setTimeout as delay } from 'node:timers/promises';
import { BridgeError, cancelledBy } from './bridge-error.ts';

export interface BackoffOptions {
  readonly baseMilliseconds: number;
  readonly maximumMilliseconds: number;
  readonly random?: () => number;
}

/** Milliseconds before try number `attempt` + 1 (0 after the first failure); never below what the server asked for. */
export function backoffMilliseconds(attempt: number, options: BackoffOptions, error?: unknown): number {
  const random = options.random ?? Math.random;
  const ceiling = Math.min(options.maximumMilliseconds, options.baseMilliseconds * 2 ** Math.min(attempt, 30));
  const asked = error instanceof BridgeError ? (error.retryAfterMilliseconds ?? 0) : 0;
  return Math.max(asked, Math.round(random() * ceiling));
}

/** @throws BridgeError cancelled when the signal aborts first */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelledBy(signal);
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    throw cancelledBy(signal);
  }
}
