// Tells work of a backfill to stop, on this worker, soon after anybody paused or cancelled it, on any worker of the ledger. One look at the status
// every two seconds for each backfill that has work here: work that is shorter costs none. A look that fails is taken again; nothing stops for it.
// Debts that are worked on are touched every minute: however long an object takes, nobody thinks that its message was lost, and sends another.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { DebtId, Ledger } from '../ledger/ledger.ts';

const LOOK_EVERY_MILLISECONDS = 2_000;
/** Far more often than a debt may be silent (`silentAfterSeconds`). */
const TOUCH_EVERY_MILLISECONDS = 60_000;

export interface BackfillWatch {
  /**
   * Runs the work on a debt with a signal that also aborts when its backfill is paused or cancelled. What the work comes to stands, if it ends all the
   * same. Until it ends, the debt is not silent.
   * @throws BridgeError cancelled `backfill-paused` or `backfill-cancelled`, when the work ended in an error after that; else what the work throws
   */
  during<T>(debt: DebtId, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Work {
  readonly debt: DebtId;
  readonly stop: AbortController;
  touchedAt: number;
}

interface Watched {
  readonly works: Set<Work>;
  /** Ends the looks: nothing works for it any more. */
  readonly nap: AbortController;
}

export function createBackfillWatch(context: {
  readonly ledger: Pick<Ledger, 'statusOf' | 'touchDebt'>;
  readonly clock: Clock;
  readonly log: Log;
}): BackfillWatch {
  const { ledger, clock, log } = context;
  const watched = new Map<string, Watched>();

  return {
    async during(debt, signal, work) {
      const own = new AbortController();
      const passOn = () => own.abort(signal.reason);
      if (signal.aborted) passOn();
      else signal.addEventListener('abort', passOn, { once: true });
      const leave = enter({ debt, stop: own, touchedAt: clock.now() });
      try {
        return await work(own.signal);
      } catch (error) {
        // An abort ends in many errors; what counts is why it was aborted. A bug stays a bug.
        const isStopped = isStop(own.signal.reason) && !signal.aborted && error instanceof BridgeError;
        throw isStopped ? own.signal.reason : error;
      } finally {
        signal.removeEventListener('abort', passOn);
        leave();
      }
    },
  };

  function enter(work: Work): () => void {
    const { backfill } = work.debt;
    const entry = watched.get(backfill) ?? begin(backfill);
    entry.works.add(work);
    return () => {
      entry.works.delete(work);
      if (entry.works.size > 0) return;
      entry.nap.abort();
      watched.delete(backfill);
    };
  }

  function begin(backfill: string): Watched {
    const entry: Watched = { works: new Set(), nap: new AbortController() };
    watched.set(backfill, entry);
    void look(backfill, entry); // ends with the last work; never rejects
    return entry;
  }

  async function look(backfill: string, entry: Watched): Promise<void> {
    while (!entry.nap.signal.aborted) {
      await clock.wait(LOOK_EVERY_MILLISECONDS, entry.nap.signal).catch(() => undefined); // aborted: the loop ends
      if (entry.nap.signal.aborted) return;
      // Only those that were under way when it was asked: one that begins meanwhile may belong to a backfill that was just resumed, and its message,
      // once dropped, would not be sent again.
      const asked = [...entry.works];
      const stop = await reasonToStop(backfill);
      if (stop !== undefined) for (const work of asked) work.stop.abort(stop);
      else await touch(backfill, asked);
    }
  }

  async function touch(backfill: string, works: readonly Work[]): Promise<void> {
    const now = clock.now();
    const due = works.filter(({ touchedAt }) => now - touchedAt >= TOUCH_EVERY_MILLISECONDS);
    for (const work of due) work.touchedAt = now;
    try {
      await Promise.all(due.map(({ debt }) => ledger.touchDebt(debt)));
    } catch (error) {
      log.warn('The ledger could not be told what is worked on; it is told again.', { backfill, error });
    }
  }

  async function reasonToStop(backfill: string): Promise<BridgeError | undefined> {
    try {
      const status = await ledger.statusOf(backfill);
      return status === 'paused' || status === 'cancelled' ? stopped(status) : undefined;
    } catch (error) {
      log.warn('Whether a backfill was paused or cancelled could not be read; it is asked again.', { backfill, error });
      return undefined;
    }
  }
}

function stopped(status: 'paused' | 'cancelled'): BridgeError {
  const message = `The backfill was ${status} while this was worked on.`;
  return new BridgeError({ kind: 'cancelled', code: `backfill-${status}`, message });
}

function isStop(reason: unknown): reason is BridgeError {
  return reason instanceof BridgeError && (reason.code === 'backfill-paused' || reason.code === 'backfill-cancelled');
}
