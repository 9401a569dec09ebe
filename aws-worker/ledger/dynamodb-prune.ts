// Forgets backfills that ended long ago, a bounded number of rows at a time. The row is marked first, so that no retry brings the backfill back. Its debts go
// before everything else. What counts goes last, when the row says that the backfill is gone; only that row has an expiry, for nothing of it can be wanted again.
// A lister who has not heard that it ended may go on until its range's row is gone, and others may settle what it made: so the ranges are the first to go then,
// debts and failures once more, and the counters when nothing is left to be settled. Each call begins at the beginning, so a crash leaves nothing behind.

import { idOf } from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import type { Item } from './dynamodb-items.ts';
import {
  BACKFILLS,
  backfillKey,
  COUNTER_SHARDS,
  counterGroup,
  DEBT_SHARDS,
  debtGroup,
  FAILURE_SHARDS,
  failureGroup,
  idempotencyKeyOf,
  type Key,
  rangesGroup,
  usedKeysGroup,
} from './dynamodb-keys.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import { EXPIRY } from './dynamodb-table.ts';
import { keyOfItem } from './dynamodb-writes.ts';
import type { Ledger } from './ledger.ts';

export type DynamodbPrune = Pick<Ledger, 'pruneBackfills'>;

/** DynamoDB's own removal is a backstop, for tables that no worker prunes any more. */
const EXPIRE_AFTER_SECONDS = 30 * 24 * 60 * 60;
const HAS_ENDED = '#status IN (:done, :cancelled) AND #endedAt < :before';

export function createDynamodbPrune({ requests, now }: DynamodbLedgerContext): DynamodbPrune {
  const removeSome = async (id: string, limit: number): Promise<number> => {
    const rows = await someOf(requests, [...debtGroups(id), ...failureGroups(id)], limit);
    const used = await someOf(requests, [usedKeysGroup(id)], limit - rows.length);
    // The idempotency keys before the rows that name them: those would be found by nobody.
    await requests.deleteAll(used.map(idempotencyKeyOf));
    await requests.deleteAll([...rows, ...used]);
    return rows.length + used.length;
  };

  const removeRows = async (groups: readonly string[], limit: number): Promise<number> => {
    const rows = await someOf(requests, groups, limit);
    await requests.deleteAll(rows);
    return rows.length;
  };

  const markGone = async (id: string): Promise<void> => {
    const expiry = Math.floor(now().getTime() / 1000) + EXPIRE_AFTER_SECONDS;
    await requests.write({
      update: backfillKey(id),
      change: `SET #isGone = :one, #${EXPIRY} = :expiry`,
      where: 'attribute_exists(#isForgotten)',
      values: { one: 1, expiry },
    });
  };

  const removeRest = async (id: string, limit: number): Promise<number> => {
    let removed = await removeRows([rangesGroup(id)], limit);
    if (removed < limit) removed += await removeSome(id, limit - removed);
    if (removed < limit) removed += await removeRows(counterGroups(id), limit - removed);
    if (removed >= limit) return removed;
    await requests.write({ delete: backfillKey(id) });
    return removed + 1;
  };

  return {
    pruneBackfills: async ({ endedBefore, limit }) => {
      const values = { done: 'done', cancelled: 'cancelled', before: endedBefore.getTime() };
      for await (const item of requests.query({ group: BACKFILLS, filter: HAS_ENDED, values })) {
        if (!(await mark(requests, item, values))) continue;
        const id = idOf(item);
        if (item.isGone === undefined) {
          const removed = await removeSome(id, limit);
          if (removed > 0) return removed;
          await markGone(id);
        }
        return await removeRest(id, limit);
      }
      return 0;
    },
  };
}

/** False: a retry was quicker. May be repeated. */
async function mark(requests: DynamodbRequests, item: Item, values: Record<string, string | number>): Promise<boolean> {
  if (item.isForgotten !== undefined) return true;
  return await requests.write({
    update: keyOfItem(item),
    change: 'SET #isForgotten = :one',
    where: HAS_ENDED,
    values: { ...values, one: 1 },
  });
}

async function someOf(requests: DynamodbRequests, groups: readonly string[], limit: number): Promise<readonly Key[]> {
  const keys: Key[] = [];
  for (const group of groups) {
    if (keys.length >= limit) break;
    for await (const item of requests.query({ group, pageRows: limit - keys.length })) {
      keys.push(keyOfItem(item));
      if (keys.length >= limit) break;
    }
  }
  return keys;
}

function debtGroups(id: string): readonly string[] {
  return Array.from({ length: DEBT_SHARDS }, (_, shard) => debtGroup(id, shard));
}

function failureGroups(id: string): readonly string[] {
  return Array.from({ length: FAILURE_SHARDS }, (_, shard) => failureGroup(id, shard));
}

function counterGroups(id: string): readonly string[] {
  return Array.from({ length: COUNTER_SHARDS }, (_, shard) => counterGroup(id, shard));
}
