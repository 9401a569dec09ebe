import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';

const CONCURRENT_WRITES = 16;

/** Runs the task for each, some at a time. All have settled when it returns; the first failure begins no more, and is thrown. */
export async function forEachRow<T>(rows: readonly T[], task: (row: T) => Promise<void>): Promise<void> {
  // Bounded by the patience of each request.
  const { signal } = new AbortController();
  await forEachConcurrently(rows, { limit: CONCURRENT_WRITES, signal }, task);
}
