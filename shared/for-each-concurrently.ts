import { cancelledBy } from './bridge-error.ts';

/**
 * Runs `task` for every item, at most `limit` at once (at least one). After the first failure nothing new is begun, what runs is told to stop by its signal;
 * all have settled when it returns, and the first cause is thrown.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  options: { readonly limit: number; readonly signal: AbortSignal },
  task: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const failures: unknown[] = [];
  let next = 0;
  const run = async () => {
    while (next < items.length && !signal.aborted) {
      const item = items[next++] as T;
      try {
        await task(item, signal);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, options.limit), items.length) }, run));
  if (failures.length > 0) throw failures[0];
  if (options.signal.aborted) throw cancelledBy(options.signal);
}
