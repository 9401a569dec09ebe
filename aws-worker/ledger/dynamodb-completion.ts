// Whether a backfill is done. Asked after every batch, and nearly always in vain, so first for a witness: the row of any one debt. While there is one, not all
// is paid. One that was seen is looked at again before another is looked for. Only without a witness are the sums read.
// Why it is never done early. The backfill's row is read first, then its ranges, the sum of what was paid, the sum of what was made (dynamodb-counts.ts). All
// of its ranges are there and closed: each start and each retry made one, and the row says how many. A closed range counts what it made in its own row, so
// the sum of what was made leaves out nothing that a lister made; and nothing that settling left owed, which is counted where its payment is. If
// they agree, no debt is left, and only a retry can make one without another debt. A retry changes the row: so the row is marked on condition that none has.

import { findBackfillItem, statusOf } from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { busy } from './dynamodb-errors.ts';
import { type Item, integerOf } from './dynamodb-items.ts';
import { backfillKey, DEBT_SHARDS, debtGroup, type Key } from './dynamodb-keys.ts';
import { keyOfItem } from './dynamodb-writes.ts';
import type { Ledger } from './ledger.ts';

export type DynamodbCompletion = Pick<Ledger, 'completeIfPaid'>;

/** Groups to look for a witness in. With many debts one suffices; with few the sums are read sooner. */
const LOOKS = 2;

export function createDynamodbCompletion(context: DynamodbLedgerContext): DynamodbCompletion {
  const { requests, counters } = context;
  /** Of backfills that this process worked for: one each. */
  const witnesses = new Map<string, Key>();

  const hasWitness = async (id: string): Promise<boolean> => {
    const known = witnesses.get(id);
    if (known !== undefined && (await requests.get(known)) !== undefined) return true;
    witnesses.delete(id);
    const first = Math.floor(Math.random() * DEBT_SHARDS);
    for (let look = 0; look < LOOKS; look++) {
      const group = debtGroup(id, (first + look) % DEBT_SHARDS);
      for await (const item of requests.query({ group, pageRows: 1 })) {
        witnesses.set(id, keyOfItem(item));
        return true;
      }
    }
    return false;
  };

  return {
    completeIfPaid: async id => {
      if (await hasWitness(id)) return false;
      return await requests.repeat('CompleteBackfill', async () => {
        const item = await findBackfillItem(requests, id);
        const status = item === undefined ? undefined : statusOf(item);
        if (item === undefined || status !== 'running') {
          counters.forget(id);
          return status === 'done';
        }
        const counts = await counters.readIfPaid(id, { ranges: rangesMade(item) });
        if (counts === undefined) return false;
        const isMarked = await requests.write({
          update: backfillKey(id),
          change: 'SET #status = :done, #endedAt = :endedAt, #counts = :counts REMOVE #reason',
          where: '#status = :running AND #retries = :retries',
          values: {
            done: 'done',
            endedAt: context.now().getTime(),
            counts: JSON.stringify(counts),
            running: 'running',
            retries: integerOf(item, 'retries'),
          },
        });
        // Changed since it was read, perhaps by this very write, whose answer was lost: the next look tells.
        if (!isMarked) throw busy('The backfill was changed at the same moment, again and again.');
        counters.forget(id);
        return true;
      });
    },
  };
}

/** One by its start, one by each retry. */
function rangesMade(item: Item): number {
  return 1 + integerOf(item, 'retries');
}
