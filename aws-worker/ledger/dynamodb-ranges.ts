// Ranges. A checkpoint is one transaction on condition of the range's version: the row of the range (cursor, what it has made), and a row for each batch. So a
// batch is owed before anybody hears of it, and two listers that hold one range make each batch once. Closing changes one row, on the same condition.
// What the range made is counted in its own row, which also says whether it is closed: nobody can see it closed and not count what it made.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { additionsOf, type CounterChange } from './dynamodb-counts.ts';
import { foundIn } from './dynamodb-cut-batch.ts';
import { batchOf, newBatch, readOwedObjects, resumesOf } from './dynamodb-debt-rows.ts';
import { type Item, integerOf } from './dynamodb-items.ts';
import { backfillKey, batchKey, rangeKey } from './dynamodb-keys.ts';
import { IS_OPEN, isOpen, listsOf, rangeOf, tailOf } from './dynamodb-range-rows.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import type { Update } from './dynamodb-writes.ts';
import type { Ledger, OwedObject, RangeRow } from './ledger.ts';

export type DynamodbRanges = Pick<Ledger, 'findRange' | 'checkpointRange' | 'markSent' | 'closeRange'>;

interface RangeVersion {
  readonly backfill: string;
  readonly range: string;
  readonly version: number;
}

export function createDynamodbRanges({ requests, now }: DynamodbLedgerContext): DynamodbRanges {
  return {
    findRange: async id => {
      const item = await findOpen(requests, id);
      return item === undefined ? undefined : rangeOf(id, item, await readUnsent(requests, id.backfill, item));
    },

    checkpointRange: async checkpoint => {
      const { backfill, cursor } = checkpoint;
      const item = await findVersion(requests, checkpoint);
      if (item === undefined) return undefined;
      const stamp = { at: now(), resumes: await resumesOf(requests, backfill) };
      const batches = checkpoint.batches.map(batch => ({ backfill, ...batch }));
      const moved = {
        lists: 'source',
        cursor,
        tail: batches.map(({ batch }) => batch),
        at: stamp.at,
        change: { made: { batches: batches.length, keys: foundIn(batches) } },
      } as const;
      const refused = await requests.transact([
        movedRange(checkpoint, moved),
        ...batches.map(batch => newBatch(batch, stamp)),
      ]);
      return refused.length > 0 ? undefined : rangeAfter(checkpoint, item, { cursor, batches, objects: [] });
    },

    // The version stays: a mark that comes late meets the version of a later checkpoint, never that one's tail. It may be repeated.
    markSent: ({ backfill, range, version }) =>
      requests.write({
        update: rangeKey({ backfill, range }),
        change: 'SET #tail = :tail, #sentAt = :sentAt',
        where: `${IS_OPEN} AND #version = :version`,
        values: { tail: [], sentAt: now().getTime(), version },
      }),

    closeRange: async id => {
      const item = await findVersion(requests, id);
      if (item === undefined) return false;
      const close = closedRange(id);
      const writes = listsOf(item) === 'source' ? [close] : [close, endedRetry(id)];
      return (await requests.transact(writes)).length === 0;
    },
  };
}

/** Its row, while it is open. */
async function findOpen(
  requests: DynamodbRequests,
  id: { readonly backfill: string; readonly range: string },
): Promise<Item | undefined> {
  const item = await requests.get(rangeKey(id));
  return item !== undefined && isOpen(item) ? item : undefined;
}

/** Saves a transaction that would be refused; the transaction's own condition decides. */
export async function findVersion(requests: DynamodbRequests, id: RangeVersion): Promise<Item | undefined> {
  const item = await findOpen(requests, id);
  return item !== undefined && integerOf(item, 'version') === id.version ? item : undefined;
}

export function movedRange(
  { backfill, range, version }: RangeVersion,
  moved: {
    readonly lists: RangeRow['lists'];
    readonly cursor: string;
    readonly tail: readonly string[];
    readonly at: Date;
    readonly change: CounterChange;
  },
): Update {
  const { lists, cursor, tail, at, change } = moved;
  const additions = additionsOf(change);
  const added = ['#version :one', ...Object.keys(additions).map(name => `#${name} :${name}`)];
  return {
    update: rangeKey({ backfill, range }),
    change: `SET #cursor = :cursor, #tail = :tail, #sentAt = :sentAt ADD ${added.join(', ')}`,
    where: `${IS_OPEN} AND #version = :version AND #lists = :lists`,
    values: { ...additions, cursor, tail, sentAt: at.getTime(), one: 1, version, lists },
  };
}

/** What `movedRange` has made of it. */
export function rangeAfter(
  id: RangeVersion,
  item: Item,
  moved: {
    readonly cursor: string;
    readonly batches: RangeRow['unsent']['batches'];
    readonly objects: readonly OwedObject[];
  },
): RangeRow {
  const { cursor, batches, objects } = moved;
  return { ...rangeOf(id, item, { batches, ranges: [], objects }), cursor, version: id.version + 1 };
}

function closedRange({ backfill, range, version }: RangeVersion): Update {
  return {
    update: rangeKey({ backfill, range }),
    change: 'SET #closed = :closed',
    where: `${IS_OPEN} AND #version = :version`,
    values: { closed: 1, version },
  };
}

/** Its backfill names the retry that is under way: dynamodb-retries.ts. */
function endedRetry({ backfill, range }: RangeVersion): Update {
  return {
    update: backfillKey(backfill),
    change: 'REMOVE #retry',
    where: '#retry = :range',
    values: { range },
  };
}

/** Of what the tail names, what is still owed. */
async function readUnsent(requests: DynamodbRequests, backfill: string, item: Item): Promise<RangeRow['unsent']> {
  const tail = tailOf(item);
  if (listsOf(item) === 'failures') {
    const owed = await Promise.all(tail.map(batch => readOwedObjects(requests, { backfill, batch })));
    return { batches: [], ranges: [], objects: owed.flat() };
  }
  const rows = await requests.getAll(tail.map(batch => batchKey({ backfill, batch })));
  const batches = new Map(rows.map(row => batchOf(backfill, row)).map(row => [row.batch, row]));
  return { batches: tail.flatMap(batch => batches.get(batch) ?? []), ranges: [], objects: [] };
}
