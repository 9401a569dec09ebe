// The counts that a list shows, which a page asks for each second. Those of a backfill that was cancelled stand still as soon as all who worked for it have
// heard of that, which takes seconds; a minute later they are read once a minute by each process. Others are read anew. Each read takes 17 requests.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import type { BackfillCounts, BackfillRow } from './ledger.ts';

const STANDS_STILL_AFTER_MILLISECONDS = 60_000;
const KNOWN_FOR_MILLISECONDS = 60_000;

interface KnownCounts {
  readonly counts: BackfillCounts;
  readonly readAt: number;
}

export function createListedCounts({ counters, now }: Pick<DynamodbLedgerContext, 'counters' | 'now'>) {
  const known = new Map<string, KnownCounts>();

  return async function read({ id, status, endedAt }: BackfillRow): Promise<BackfillCounts> {
    const at = now().getTime();
    for (const [other, { readAt }] of known) if (at - readAt >= KNOWN_FOR_MILLISECONDS) known.delete(other);
    const before = known.get(id);
    if (before !== undefined) return before.counts;
    const counts = await counters.read(id);
    const hasStopped = endedAt !== undefined && at - endedAt.getTime() >= STANDS_STILL_AFTER_MILLISECONDS;
    if (status === 'cancelled' && hasStopped) known.set(id, { counts, readAt: at });
    return counts;
  };
}
