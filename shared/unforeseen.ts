import { BridgeError, cancelledBy } from './bridge-error.ts';
import { REQUEST_SETTLED_SECONDS } from './limits.ts';
import type { Log } from './log.ts';

/**
 * What the work on one object threw, as a failure of that object where it is none that anybody foresaw: a bug, which may meet this key alone. Logged
 * as an error, then tried again a limited number of times as other failures are, when a write that it may have cut short has landed or died.
 */
export function asObjectFailure(
  error: unknown,
  { key, signal, log }: { readonly key: string; readonly signal: AbortSignal; readonly log: Log },
): BridgeError {
  if (error instanceof BridgeError) return error;
  if (signal.aborted && error instanceof Error && error.name === 'AbortError') return cancelledBy(signal);
  log.error('The work on an object failed in an unforeseen way.', { sourceKey: key, error });
  return new BridgeError({
    kind: 'retryable',
    code: 'unforeseen',
    message: `A bug of this program, please report it: ${String(error)}`,
    cause: error,
    key,
    retryAfterMilliseconds: REQUEST_SETTLED_SECONDS * 1000,
  });
}
