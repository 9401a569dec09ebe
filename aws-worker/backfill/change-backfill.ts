// What a person may do to a backfill. The ledger decides, in one transaction each, so that all workers see the same; the workers notice within seconds
// (backfill-watch.ts). Each may be asked again: the second call changes nothing.

import type { Ledger } from '../ledger/ledger.ts';
import type { Sweeper } from './sweeper.ts';

export type BackfillChange = 'pause' | 'resume' | 'cancel' | 'retry-failed';

const STATUS_CHANGES = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
} as const;

/** True when this call changed it. False: it is unknown, its status does not allow it, or it stands so already. */
export type ChangeBackfill = (id: string, change: BackfillChange) => Promise<boolean>;

export function createChangeBackfill({
  ledger,
  sweeper,
}: {
  readonly ledger: Pick<Ledger, 'changeStatus' | 'retryFailed'>;
  readonly sweeper: Pick<Sweeper, 'wake'>;
}): ChangeBackfill {
  return async (id, change) => {
    const isChanged =
      change === 'retry-failed' ? await ledger.retryFailed(id) : await ledger.changeStatus(id, STATUS_CHANGES[change]);
    // Also when it was so already: whoever made it so may have crashed before it swept.
    if (change === 'resume' || change === 'retry-failed') sweeper.wake();
    return isChanged;
  };
}
