// Tries a request until it is answered, is refused for good, or the patience is over. The SDK tries each once: its own retries know nothing of cancelled
// transactions, nor of batches of which a part was left over.

import { backoffMilliseconds, wait } from '../../shared/backoff.ts';
import { cancelledBy, isKind } from '../../shared/bridge-error.ts';
import { translateDynamodbError } from './dynamodb-errors.ts';

/** Conflicts pass within milliseconds; a partition that is throttled, or a request that a coordinator left behind, takes seconds. */
const BACKOFF = { baseMilliseconds: 20, maximumMilliseconds: 1_000 };

export type RepeatUntilAnswered = <T>(operation: string, attempt: () => Promise<T>) => Promise<T>;

/** @throws BridgeError retryable `ledger-busy` when the patience is over, permanent `ledger-unavailable` at once; cancelled; a fault of ours as it is */
export function createRepeater(options: {
  readonly table: string;
  readonly region: string;
  readonly maxWaitMilliseconds: number;
  /** Left out: the patience alone ends it. */
  readonly signal?: AbortSignal | undefined;
}): RepeatUntilAnswered {
  const { table, region, maxWaitMilliseconds, signal = new AbortController().signal } = options;
  return async (operation, attempt) => {
    const deadline = performance.now() + maxWaitMilliseconds;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw cancelledBy(signal);
        const failure = translateDynamodbError(error, { operation, table, region });
        if (!isKind(failure, 'retryable') || performance.now() >= deadline) throw failure;
      }
      await wait(backoffMilliseconds(tries, BACKOFF), signal);
    }
  };
}
