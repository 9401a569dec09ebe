// Backfills: found and listed, and their status. A status is one row's, so it changes in one write on condition of what it was; as a transaction, for
// the sake of its token: who is told that the condition failed was not quicker than himself.

import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import {
  backfillOf,
  backfillRowOf,
  findBackfillItem,
  IS_THERE,
  idOf,
  runningBackfillItems,
  statusOf,
} from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import type { Item } from './dynamodb-items.ts';
import { BACKFILLS, backfillKey } from './dynamodb-keys.ts';
import { createListedCounts } from './dynamodb-listed-counts.ts';
import type { Backfill, Ledger } from './ledger.ts';

export type DynamodbBackfills = Pick<
  Ledger,
  'findBackfill' | 'findBackfillRow' | 'listBackfills' | 'runningBackfills' | 'statusOf' | 'changeStatus'
>;

/** Each is read by 16 queries at once, on the 64 connections of the client. */
const CONCURRENT_COUNTS = 4;

export function createDynamodbBackfills(context: DynamodbLedgerContext): DynamodbBackfills {
  const { requests, counters, now } = context;
  const readListed = createListedCounts(context);
  return {
    findBackfill: async id => {
      const item = await findBackfillItem(requests, id);
      return item === undefined ? undefined : await backfillOf(item, row => counters.read(row.id));
    },

    findBackfillRow: async id => {
      const item = await findBackfillItem(requests, id);
      return item === undefined ? undefined : backfillRowOf(item);
    },

    // Ids ascend in the order in which they were made.
    listBackfills: async ({ limit }) => {
      const items: Item[] = [];
      const newestFirst = { group: BACKFILLS, filter: IS_THERE, isDescending: true, pageRows: limit };
      for await (const item of requests.query(newestFirst)) {
        items.push(item);
        if (items.length >= limit) break;
      }
      const listed: Backfill[] = [];
      // Bounded by the patience of each request.
      const options = { limit: CONCURRENT_COUNTS, signal: new AbortController().signal };
      await forEachConcurrently([...items.entries()], options, async ([place, item]) => {
        listed[place] = await backfillOf(item, readListed);
      });
      return listed;
    },

    runningBackfills: async () => (await runningBackfillItems(requests)).map(idOf),

    statusOf: async id => {
      const item = await findBackfillItem(requests, id);
      return item === undefined ? undefined : statusOf(item);
    },

    changeStatus: async (id, { from, to, reason, resumes }) => {
      if (from.length === 0) return false;
      const isFinal = to !== 'running' && to !== 'paused';
      const froms = Object.fromEntries(from.map((status, index) => [`from${index}`, status]));
      const set = [
        '#status = :to',
        ...(reason === undefined ? [] : ['#reason = :reason']),
        ...(isFinal ? ['#endedAt = :endedAt'] : []),
      ];
      const remove = [...(reason === undefined ? ['#reason'] : []), ...(isFinal ? [] : ['#endedAt'])];
      const isOne = `#status IN (${Object.keys(froms)
        .map(name => `:${name}`)
        .join(', ')})`;
      const refused = await requests.transact([
        {
          update: backfillKey(id),
          change: [
            `SET ${set.join(', ')}`,
            ...(remove.length === 0 ? [] : [`REMOVE ${remove.join(', ')}`]),
            ...(to === 'running' ? ['ADD #resumes :one'] : []),
          ].join(' '),
          where: resumes === undefined ? isOne : `${isOne} AND #resumes = :resumes`,
          values: {
            ...froms,
            to,
            reason,
            resumes,
            endedAt: isFinal ? now().getTime() : undefined,
            one: to === 'running' ? 1 : undefined,
          },
        },
      ]);
      return refused.length === 0;
    },
  };
}
