import type { Clock } from '../../shared/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';

const KEEP_ENDED_MILLISECONDS = 90 * 24 * 3_600_000;
/** In one transaction, so that nobody waits for it. */
const PRUNE_ROWS = 100;

/** Forgets backfills that ended more than 90 days ago, their failures and idempotency keys as well. Ends early when the signal aborts. */
export async function pruneEnded(
  { ledger, clock }: { readonly ledger: Pick<Ledger, 'pruneBackfills'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const endedBefore = new Date(clock.date().getTime() - KEEP_ENDED_MILLISECONDS);
  for (let removed = 1; removed > 0 && !signal.aborted; ) {
    removed = await ledger.pruneBackfills({ endedBefore, limit: PRUNE_ROWS });
  }
}
