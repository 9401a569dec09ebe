// A range's row. It stays when the range is closed, until its backfill is forgotten, since what the range made is counted in it.

import { type Item, integerOf, textOf, textsOf } from './dynamodb-items.ts';
import { rangeKey } from './dynamodb-keys.ts';
import type { Put } from './dynamodb-writes.ts';
import type { RangeRow } from './ledger.ts';

/** Not yet closed, as a condition on its row. A row that is not there is not open. */
export const IS_OPEN = 'attribute_exists(#version) AND attribute_not_exists(#closed)';

export function isOpen(item: Item): boolean {
  return item.closed === undefined;
}

/** `resumes`: of its backfill, when its message was sent last. */
export function newRange(
  id: { readonly backfill: string; readonly range: string },
  made: { readonly lists: RangeRow['lists']; readonly at: Date; readonly resumes: number },
): Put {
  const { lists, at, resumes } = made;
  const item = { lists, from: '', to: '', cursor: '', version: 0, tail: [], sentAt: at.getTime(), resumes };
  return { put: rangeKey(id), item };
}

/** What its last checkpoint made and is not known to be sent: the names of batches; of a retry, of the batch that its objects are owed under. */
export function tailOf(item: Item): readonly string[] {
  return textsOf(item, 'tail');
}

export function rangeOf(
  id: { readonly backfill: string; readonly range: string },
  item: Item,
  unsent: RangeRow['unsent'],
): RangeRow {
  return {
    backfill: id.backfill,
    range: id.range,
    lists: listsOf(item),
    from: textOf(item, 'from'),
    to: textOf(item, 'to'),
    cursor: textOf(item, 'cursor'),
    version: integerOf(item, 'version'),
    unsent,
  };
}

export function listsOf(item: Item): RangeRow['lists'] {
  return textOf(item, 'lists') === 'failures' ? 'failures' : 'source';
}
