// What is looked at before the first message is received: a wrong key, region or policy is said now, in one sentence, not once for each object.

import { backoffMilliseconds, wait } from '../shared/backoff.ts';
import { isKind } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';
import type { Storage } from './connect-storage.ts';

const BACKOFF = { baseMilliseconds: 2_000, maximumMilliseconds: 30_000 };

/**
 * Lists the source and probes the destination. What time may mend (network, throttling) is tried until it is mended, or the signal aborts.
 * @throws BridgeError permanent: what has to be mended by a person
 */
export async function checkClouds(
  storage: Storage,
  options: { readonly prefix: string; readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const { signal, log } = options;
  const list = () => storage.listing.list({ prefix: options.prefix, startAfter: '', limit: 1, signal });
  const probe = () => storage.destination.probe({ signal });
  for (const check of [list, probe]) {
    for (let attempt = 0; ; attempt++) {
      try {
        await check();
        break;
      } catch (error) {
        if (!isKind(error, 'retryable')) throw error;
        log.warn('A check at start is tried again.', { attempt, error });
        await wait(backoffMilliseconds(attempt, BACKOFF, error), signal);
      }
    }
  }
}
