// The rows of batches and owed objects, and the stamp that every debt's row has: when its message was sent last, and how often its backfill had been resumed then.

import { compareUtf8 } from '../../shared/utf8-order.ts';
import { type Item, integerOf, textOf } from './dynamodb-items.ts';
import { backfillKey, batchKey, owedObjectKey, owedObjectsOf } from './dynamodb-keys.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import type { Put } from './dynamodb-writes.ts';
import type { BatchRow, OwedObject } from './ledger.ts';

export interface SentStamp {
  readonly at: Date;
  readonly resumes: number;
}

/** Of a row that was never sent. */
export const NEVER_SENT = -1;

/**
 * How often the backfill has been resumed, for a row that is to be made. Read before the row is: if it is resumed in between, the row looks silent, and
 * its message is sent once more than needed. Never the other way.
 */
export async function resumesOf(requests: DynamodbRequests, backfill: string): Promise<number> {
  const row = await requests.get(backfillKey(backfill));
  return row === undefined ? 0 : integerOf(row, 'resumes');
}

export function newBatch({ backfill, batch, from, to, found }: BatchRow, { at, resumes }: SentStamp): Put {
  const { objects: foundObjects, bytes: foundBytes } = found;
  const item = { batch, from, to, foundObjects, foundBytes, sentAt: at.getTime(), resumes };
  return { put: batchKey({ backfill, batch }), item };
}

export function batchOf(backfill: string, item: Item): BatchRow {
  return {
    backfill,
    batch: textOf(item, 'batch'),
    from: textOf(item, 'from'),
    to: textOf(item, 'to'),
    found: { objects: integerOf(item, 'foundObjects'), bytes: integerOf(item, 'foundBytes') },
  };
}

export function newOwedObject(owed: OwedObject, { at, resumes }: SentStamp): Put {
  const { batch, key, sizeBytes } = owed;
  return { put: owedObjectKey(owed), item: { batch, key, sizeBytes, sentAt: at.getTime(), resumes } };
}

export function owedObjectOf(backfill: string, item: Item): OwedObject {
  return {
    backfill,
    batch: textOf(item, 'batch'),
    key: textOf(item, 'key'),
    sizeBytes: integerOf(item, 'sizeBytes'),
  };
}

/** Those of one batch, ascending by key. */
export async function readOwedObjects(
  requests: DynamodbRequests,
  id: { readonly backfill: string; readonly batch: string },
): Promise<readonly OwedObject[]> {
  const { group, row: prefix } = owedObjectsOf(id);
  const items = await requests.queryAll({ group, prefix });
  return items.map(item => owedObjectOf(id.backfill, item)).sort((a, b) => compareUtf8(a.key, b.key));
}
