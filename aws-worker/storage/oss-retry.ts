// Repeats a read while its failure is retryable and there are attempts left, with jittered backoff, or as long as the server asks.

import { type BackoffOptions, backoffMilliseconds, wait } from '../../shared/backoff.ts';
import { type BridgeError, hasCode, isKind } from '../../shared/bridge-error.ts';
import type { Log } from '../../shared/log.ts';
import type { OssRetry } from './oss-source-options.ts';

export interface RetryOptions {
  readonly retry: OssRetry;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly random?: BackoffOptions['random'];
}

/** @throws what `attempt` threw last, as it is */
export async function retryRead<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures + 1 >= options.retry.attempts || !isWorthRepeating(error)) throw error;
      await waitBeforeRepeating(error, failures, options);
    }
  }
}

/** A changed source is not: the same pinned request cannot succeed again. */
export function isWorthRepeating(error: unknown): error is BridgeError {
  return isKind(error, 'retryable') && !hasCode(error, 'source-changed');
}

/** @throws BridgeError `error` itself when the server asks for a longer pause than a worker should hold its memory for; cancelled */
export async function waitBeforeRepeating(error: BridgeError, failures: number, options: RetryOptions): Promise<void> {
  const { retry, log, signal, random } = options;
  if ((error.retryAfterMilliseconds ?? 0) > retry.maximumMilliseconds) throw error;
  const milliseconds = backoffMilliseconds(failures, { ...retry, ...(random === undefined ? {} : { random }) }, error);
  log.debug('Reading from OSS again', { sourceKey: error.key, attempt: failures + 2, waitMs: milliseconds, error });
  await wait(milliseconds, signal);
}
