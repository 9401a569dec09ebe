// Repeats a request of S3 whose failure says that repeating it is harmless, with jittered backoff, or as long as S3 asks.

import { backoffMilliseconds, wait } from '../../shared/backoff.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import type { S3Retry } from './s3-options.ts';

/** Not done for certain: may be repeated whatever it is. */
export const NOT_DONE: readonly string[] = ['destination-throttled', 'destination-unavailable'];

/** @throws what `attempt` threw last; at once when S3 asks for a longer pause than memory should be held for: the message waits in the queue then */
export async function repeatRequest<T>(
  attempt: () => Promise<T>,
  options: { readonly repeatable: readonly string[]; readonly retry: S3Retry; readonly signal: AbortSignal },
): Promise<T> {
  const { repeatable, retry, signal } = options;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasCode(error, ...repeatable) || failures + 1 >= retry.maxAttempts) throw error;
      if ((error.retryAfterMilliseconds ?? 0) > retry.maximumMilliseconds) throw error;
      await wait(backoffMilliseconds(failures, retry, error), signal);
    }
  }
}
