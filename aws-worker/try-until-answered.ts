import { backoffMilliseconds, wait } from '../shared/backoff.ts';
import { cancelledBy, isKind } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';

const BACKOFF = { baseMilliseconds: 2_000, maximumMilliseconds: 30_000 };

/**
 * A check at start. What time may mend (network, throttling) is tried until it is mended, or the signal aborts: a worker that was started a little
 * before its network is no reason to call anybody.
 * @throws BridgeError permanent: what has to be mended by a person; cancelled when the signal aborts; retryable after the last of `maxTries`
 */
export async function tryUntilAnswered<T>(
  check: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly log: Log;
    /** Default: until it is answered. */
    readonly maxTries?: number;
  },
): Promise<T> {
  const { signal, log, maxTries = Number.POSITIVE_INFINITY } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      if (!isKind(error, 'retryable') || attempt + 1 >= maxTries) throw error;
      log.warn('A check at start is tried again.', { attempt, error });
      await wait(backoffMilliseconds(attempt, BACKOFF, error), signal);
    }
  }
}
