// Retries: what failed is owed again, a bounded number at a time, by a range that lists the failure list. Being a debt itself, it keeps the
// backfill from being done, waits while much is unpaid, pauses with it, and survives a crash, as every range does.
// Beginning one is a transaction on condition of the backfill's row: its status is the one that was read, no retry is under way, and it is not being
// forgotten. The row counts the retries, by which completeIfPaid knows that one was begun. A page is a transaction on condition of the range's version:
// its row, and for each failure that is on the list, as it was read, one row away and one owed.

import { findBackfillItem, statusOf } from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { NEVER_SENT, newOwedObject, resumesOf } from './dynamodb-debt-rows.ts';
import { busy } from './dynamodb-errors.ts';
import { failureOf } from './dynamodb-failure-rows.ts';
import { integerOf } from './dynamodb-items.ts';
import { backfillKey, FAILURE_SHARDS, failureGroup, failureKey, STARTS } from './dynamodb-keys.ts';
import { newRange } from './dynamodb-range-rows.ts';
import { findVersion, movedRange, rangeAfter } from './dynamodb-ranges.ts';
import { movedStarts } from './dynamodb-start.ts';
import type { Delete } from './dynamodb-writes.ts';
import type { Failure, Ledger, RangeRow } from './ledger.ts';

export type DynamodbRetries = Pick<Ledger, 'retryFailed' | 'checkpointRetry'>;
type RetryCheckpoint = Parameters<Ledger['checkpointRetry']>[0];

export function createDynamodbRetries(context: DynamodbLedgerContext): DynamodbRetries {
  const { requests } = context;
  return {
    retryFailed: id => requests.repeat('RetryFailed', () => beginRetry(context, id)),
    // A failure that was replaced by a newer one meanwhile is read again.
    checkpointRetry: checkpoint => requests.repeat('CheckpointRetry', () => checkpointRetry(context, checkpoint)),
  };
}

async function beginRetry({ requests, now, newId }: DynamodbLedgerContext, id: string): Promise<boolean> {
  const item = await findBackfillItem(requests, id);
  const status = item === undefined ? 'cancelled' : statusOf(item);
  if (item === undefined || status === 'cancelled' || item.retry !== undefined || item.isForgotten !== undefined) {
    return false;
  }
  if (!(await hasFailures(requests, id))) return false;
  const range = `retry-${newId()}`;
  const starts = await requests.get(STARTS);
  const last = starts === undefined ? 0 : integerOf(starts, 'last');
  const refused = await requests.transact([
    {
      update: backfillKey(id),
      change: 'SET #retry = :range, #status = :next REMOVE #endedAt, #counts ADD #retries :one',
      where: '#status = :status AND attribute_not_exists(#retry) AND attribute_not_exists(#isForgotten)',
      values: { range, status, next: status === 'done' ? 'running' : status, one: 1 },
    },
    newRange({ backfill: id, range }, { lists: 'failures', at: now(), resumes: NEVER_SENT }),
    // Who starts the same backfill at this moment must see this one run.
    movedStarts(last, last + 1),
  ]);
  if (refused.length > 0) throw busy('The backfill was changed at the same moment, again and again.');
  return true;
}

async function hasFailures(requests: DynamodbLedgerContext['requests'], backfill: string): Promise<boolean> {
  for (let shard = 0; shard < FAILURE_SHARDS; shard++) {
    for await (const _ of requests.query({ group: failureGroup(backfill, shard), pageRows: 1 })) return true;
  }
  return false;
}

async function checkpointRetry(
  { requests, now }: DynamodbLedgerContext,
  checkpoint: RetryCheckpoint,
): Promise<RangeRow | undefined> {
  const { backfill, batch, failures } = checkpoint;
  const item = await findVersion(requests, checkpoint);
  if (item === undefined) return undefined;
  const listed = (await requests.getAll(failures.map(({ key }) => failureKey(backfill, key)))).map(failureOf);
  const stamp = { at: now(), resumes: await resumesOf(requests, backfill) };
  const places = new Map(failures.map(({ key }, place) => [key, place]));
  const owed = listed
    .toSorted((a, b) => (places.get(a.key) ?? 0) - (places.get(b.key) ?? 0))
    .map(({ key, sizeBytes }) => ({ backfill, batch, key, sizeBytes }));
  const counts = { objects: owed.length, bytes: owed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  const cursor = failures.at(-1)?.key ?? '';
  const change = { made: { objects: owed.length, keys: counts }, retried: counts };
  const refused = await requests.transact([
    movedRange(checkpoint, { lists: 'failures', cursor, tail: [batch], at: stamp.at, change }),
    ...listed.map(failure => takenFailure(backfill, failure)),
    ...owed.map(object => newOwedObject(object, stamp)),
  ]);
  if (refused.includes(0)) return undefined;
  if (refused.length > 0) throw busy('Failures were replaced by newer ones at the same moment, again and again.');
  return rangeAfter(checkpoint, item, { cursor, batches: [], objects: owed });
}

/** As it was read: its bytes leave the counts. */
function takenFailure(backfill: string, { key, sizeBytes, at }: Failure): Delete {
  return {
    delete: failureKey(backfill, key),
    where: '#failedAt = :failedAt AND #sizeBytes = :sizeBytes',
    values: { failedAt: at.getTime(), sizeBytes },
  };
}
