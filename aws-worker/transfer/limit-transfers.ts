// How many objects are in transfer at once, all over the process: batches of a backfill work on several objects each, so the queue's window alone does not
// bound them. A share is kept for live objects, which never wait behind a backfill, also where both come through one queue.

import { createMemoryBudget } from './memory-budget.ts';
import type { Reconcile } from './reconcile.ts';

const LIVE_SHARE_DIVISOR = 4;

export function limitTransfers(reconcile: Reconcile, maxConcurrentObjects: number): Reconcile {
  // The memory budget's rules (two kinds, a reserved share, no starvation), counting objects instead of bytes.
  const slots = createMemoryBudget({
    totalBytes: maxConcurrentObjects,
    reservedForSmallBytes: Math.floor(maxConcurrentObjects / LIVE_SHARE_DIVISOR),
  });
  return async (request, options) => {
    const kind = request.mode === 'live' ? 'small' : 'bulk';
    const slot = await slots.acquire(1, { kind, signal: options.signal });
    try {
      return await reconcile(request, options);
    } finally {
      slot.release();
    }
  };
}
