import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';

export interface Background {
  /** Aborts its signal, and waits until it has ended, but no longer than its patience. Never rejects; may be called again. */
  stop(): Promise<void>;
}

/** Runs what goes on beside the messages. `run` never rejects, and ends when its signal aborts. */
export function runInBackground(
  run: (signal: AbortSignal) => Promise<void>,
  options: { readonly name: string; readonly patienceMilliseconds: number; readonly clock: Clock; readonly log: Log },
): Background {
  const { name, patienceMilliseconds, clock, log } = options;
  const stopping = new AbortController();
  const ended = run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      const timer = new AbortController();
      const patience = clock.wait(patienceMilliseconds, timer.signal).then(
        () => log.warn('A task beside the messages did not end in time; it is left.', { task: name }),
        () => undefined, // it ended in time
      );
      await Promise.race([ended, patience]);
      timer.abort();
    },
  };
}
