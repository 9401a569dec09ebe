// The counts of a backfill: its ranges' rows and the counters of each worker that had a part in it, and their sums (dynamodb-counts.ts says what they mean,
// and in which order they are read).
// What a transaction adds to the counts is one row's change, so whoever reads while it takes effect, which is not at one instant for reads of several rows,
// sees all of its part in the counts or nothing. A page of a listing counts in the row of its range: the range cannot look closed without it.

import { type CounterRows, createCounterRows } from './dynamodb-counter-rows.ts';
import { additionsOf, type CounterChange, countsOf, isEverythingPaid, sumsOf, unpaidOf } from './dynamodb-counts.ts';
import type { Item } from './dynamodb-items.ts';
import { COUNTER_SHARDS, counterGroup, counterKey, rangesGroup } from './dynamodb-keys.ts';
import { isOpen } from './dynamodb-range-rows.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import type { Write } from './dynamodb-writes.ts';
import type { BackfillCounts } from './ledger.ts';

export interface DynamodbCounters {
  /** One transaction: the writes, and the change of the counts. Which of the writes were refused, as `transact` says it. */
  transact(backfill: string, change: CounterChange, writes: readonly Write[]): Promise<readonly number[]>;
  read(backfill: string): Promise<BackfillCounts>;
  /** The final counts; undefined while something is unpaid, or fewer ranges than these are to be seen. */
  readIfPaid(backfill: string, options: { readonly ranges: number }): Promise<BackfillCounts | undefined>;
  /** Batches and objects. */
  unpaid(backfill: string): Promise<number>;
  forget(backfill: string): void;
}

export function createDynamodbCounters(options: {
  readonly requests: DynamodbRequests;
  readonly workerId: string;
  /** A clock that never goes back. */
  readonly milliseconds: () => number;
}): DynamodbCounters {
  const { requests, workerId, milliseconds } = options;
  const rows: CounterRows = createCounterRows(milliseconds);

  const readGroup = (group: string) => requests.queryAll({ group });
  const readRanges = (backfill: string) => readGroup(rangesGroup(backfill));
  const readCounters = async (backfill: string): Promise<readonly Item[]> => {
    const groups = Array.from({ length: COUNTER_SHARDS }, (_, shard) => counterGroup(backfill, shard));
    return (await Promise.all(groups.map(readGroup))).flat();
  };
  const readAll = async (backfill: string) => {
    const [ranges, counters] = await Promise.all([readRanges(backfill), readCounters(backfill)]);
    return { ranges, sums: sumsOf([...ranges, ...counters]) };
  };

  return {
    transact: (backfill, change, writes) =>
      rows.use(backfill, number => {
        const values = additionsOf(change);
        const added = Object.keys(values).map(name => `#${name} :${name}`);
        const update = counterKey(backfill, { worker: workerId, number });
        // Last, so that the writes keep their places.
        return requests.transact([...writes, { update, change: `ADD ${added.join(', ')}`, values }]);
      }),
    read: async backfill => {
      const counters = await readCounters(backfill);
      const ranges = await readRanges(backfill);
      return countsOf(sumsOf([...counters, ...ranges]), ranges.filter(isOpen).length);
    },
    readIfPaid: async (backfill, { ranges: atLeast }) => {
      const early = await readRanges(backfill);
      if (early.length < atLeast || early.some(isOpen)) return undefined;
      const before = sumsOf(await readCounters(backfill));
      const { ranges, sums } = await readAll(backfill);
      if (ranges.some(isOpen) || !isEverythingPaid(before, sums)) return undefined;
      // Paid in full at the end of the first look, so nothing has changed since: the second one is final.
      return countsOf(sums, 0);
    },
    unpaid: async backfill => unpaidOf((await readAll(backfill)).sums),
    forget: rows.forget,
  };
}
