// Clouds answer before they have done: what was just made may be missing, or show old settings, for a while. Waiting for it has a bound.

import { wait } from '../../shared/backoff.ts';
import { BridgeError } from '../../shared/bridge-error.ts';

/** How often is looked, and how long. */
export interface Patience {
  readonly everyMilliseconds: number;
  readonly atMostMilliseconds: number;
}

/**
 * Attributes of a queue take up to 60 s to show, a table some seconds.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export const PATIENCE: Patience = { everyMilliseconds: 2_000, atMostMilliseconds: 90_000 };

export interface Sight<T> {
  readonly seen: T;
  /** There is nothing to wait for any more. */
  readonly isSettled: boolean;
}

/**
 * @param look undefined while there is nothing to be seen
 * @returns what was seen when it had settled, or when the wait was over: whoever shows something else for ever, shows what
 * @throws BridgeError retryable `not-shown-yet` when nothing was seen; cancelled when the signal aborts; whatever `look` throws
 */
export async function untilShown<T>(
  what: string,
  look: () => Promise<Sight<T> | undefined>,
  { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
): Promise<T> {
  const until = performance.now() + patience.atMostMilliseconds;
  for (;;) {
    const sight = await look();
    if (sight?.isSettled) return sight.seen;
    if (performance.now() >= until) {
      if (sight !== undefined) return sight.seen;
      throw new BridgeError({
        kind: 'retryable',
        code: 'not-shown-yet',
        message: `AWS has taken the request for the ${what}, but does not show it yet after ${Math.round(patience.atMostMilliseconds / 1000)} s. Run init again in a few minutes; it goes on from there.`,
      });
    }
    await wait(patience.everyMilliseconds, signal);
  }
}
