import { wait } from '../shared/backoff.ts';

/** Runs a task now and then until the signal is aborted. The task swallows nothing: its failures go to `onError`, and it is run again. */
export async function repeat(
  options: {
    readonly everyMilliseconds: number;
    readonly signal: AbortSignal;
    readonly onError: (error: unknown) => void;
  },
  task: () => Promise<void>,
): Promise<void> {
  while (!options.signal.aborted) {
    await task().catch(options.onError);
    await wait(options.everyMilliseconds, options.signal).catch(() => undefined); // aborted: the loop ends
  }
}
