// A backfill's row: what was asked for, what was decided, and, once it is done, the final counts.

import { dateOf, type Item, integerOf, optionalDateOf, optionalTextOf, textOf } from './dynamodb-items.ts';
import { BACKFILLS, backfillKey } from './dynamodb-keys.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import {
  BACKFILL_STATUSES,
  type Backfill,
  type BackfillCounts,
  type BackfillRequest,
  type BackfillRow,
  type BackfillStatus,
} from './ledger.ts';

/** Those that are being forgotten for good are not there any more, whatever of them is. */
export const IS_THERE = 'attribute_not_exists(#isGone)';

export async function findBackfillItem(requests: DynamodbRequests, id: string): Promise<Item | undefined> {
  const item = await requests.get(backfillKey(id));
  return item === undefined || item.isGone !== undefined ? undefined : item;
}

export function unfinishedBackfills(
  requests: DynamodbRequests,
  requestHash: string,
): AsyncGenerator<Item, void, undefined> {
  return requests.query({
    group: BACKFILLS,
    filter: '#status IN (:running, :paused) AND #requestHash = :requestHash',
    values: { running: 'running', paused: 'paused', requestHash },
    isDescending: true,
  });
}

/** Oldest first. */
export function runningBackfillItems(requests: DynamodbRequests): Promise<readonly Item[]> {
  return requests.queryAll({ group: BACKFILLS, filter: '#status = :running', values: { running: 'running' } });
}

export function idOf(item: Item): string {
  return textOf(item, 'row');
}

export function statusOf(item: Item): BackfillStatus {
  const text = textOf(item, 'status');
  const status = BACKFILL_STATUSES.find(known => known === text);
  if (status === undefined) throw new TypeError(`The ledger holds an unknown status ${JSON.stringify(text)}.`);
  return status;
}

export function backfillRowOf(item: Item): BackfillRow {
  return {
    id: idOf(item),
    request: JSON.parse(textOf(item, 'request')) as BackfillRequest,
    status: statusOf(item),
    reason: optionalTextOf(item, 'reason'),
    resumes: integerOf(item, 'resumes'),
    createdAt: dateOf(item, 'createdAt'),
    endedAt: optionalDateOf(item, 'endedAt'),
  };
}

/** One that is done owes nothing, so its counts do not change, and stand in its row. */
export async function backfillOf(item: Item, read: (row: BackfillRow) => Promise<BackfillCounts>): Promise<Backfill> {
  const row = backfillRowOf(item);
  const counts = optionalTextOf(item, 'counts');
  return { ...row, counts: counts === undefined ? await read(row) : (JSON.parse(counts) as BackfillCounts) };
}
