// Sweeps every minute, and at once when it is woken. One loop, so that a process never sweeps twice at a time.

import type { BackfillContext } from './backfill-context.ts';
import { sweep } from './sweep.ts';

const SWEEP_EVERY_MILLISECONDS = 60_000;

export interface Sweeper {
  /** Ends when the signal aborts. Never rejects: what fails is logged and tried again a minute later. */
  run(signal: AbortSignal): Promise<void>;
  /** Debts have become silent just now. During a sweep: another one follows it. */
  wake(): void;
}

export function createSweeper(context: BackfillContext): Sweeper {
  let nap = new AbortController();
  return {
    wake: () => nap.abort(),
    async run(signal) {
      const wakeUp = () => nap.abort();
      signal.addEventListener('abort', wakeUp);
      while (!signal.aborted) {
        // Before the sweep: who wakes it then wants what that sweep may have passed already.
        nap = new AbortController();
        await sweep(context, { signal }).catch((error: unknown) => {
          context.log.warn('A sweep failed; another one follows.', { error });
        });
        await context.clock.wait(SWEEP_EVERY_MILLISECONDS, nap.signal).catch(() => undefined); // woken, or aborted
      }
      signal.removeEventListener('abort', wakeUp);
    },
  };
}
