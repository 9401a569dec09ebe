import { cancelledBy } from './bridge-error.ts';

/**
 * Waits for what cannot be told to stop, no longer than the signal allows; it goes on by itself then.
 * @throws what the promise throws; BridgeError cancelled when the signal aborts first
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined); // nobody is left to hear of it
    throw cancelledBy(signal);
  }
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(cancelledBy(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
