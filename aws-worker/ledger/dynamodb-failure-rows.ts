import { dateOf, type Item, integerOf, textOf } from './dynamodb-items.ts';
import { failureKey } from './dynamodb-keys.ts';
import { IS_NEW, type Put } from './dynamodb-writes.ts';
import type { Failure } from './ledger.ts';

/** What a person reads is shorter by far. Bounds a transaction of a hundred failures, which may have 4 MB. */
const MAX_REASON_CHARACTERS = 4_000;

/** Refused where the list has a newer failure of the key: one that arrives late changes nothing. `list`: a backfill's id, or LIVE. */
export function newFailure(list: string, { key, sizeBytes, code, reason, at }: Failure): Put {
  const failedAt = at.getTime();
  return {
    put: failureKey(list, key),
    item: { sizeBytes, code, reason: reason.slice(0, MAX_REASON_CHARACTERS).toWellFormed(), failedAt },
    where: `${IS_NEW} OR #failedAt <= :failedAt`,
    values: { failedAt },
  };
}

export function failureOf(item: Item): Failure {
  return {
    key: textOf(item, 'row'),
    sizeBytes: integerOf(item, 'sizeBytes'),
    code: textOf(item, 'code'),
    reason: textOf(item, 'reason'),
    at: dateOf(item, 'failedAt'),
  };
}
