import { forEachRow } from './dynamodb-each.ts';
import { type Item, integerOf, textOf } from './dynamodb-items.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import { keyOfItem } from './dynamodb-writes.ts';

/**
 * Of the rows of these groups that fit the filter, those that were looked at longest ago, each marked as looked at now: in a transaction on condition that
 * it still fits and nobody else has looked meanwhile. Fewer than `limit` where somebody has.
 */
export async function claimLongestUnseen(
  requests: DynamodbRequests,
  groups: readonly string[],
  claim: { readonly filter: string; readonly before: Date; readonly limit: number; readonly at: Date },
): Promise<readonly Item[]> {
  const { filter, limit, at } = claim;
  const before = claim.before.getTime();
  const find = (group: string) => requests.queryAll({ group, filter, values: { before } });
  const found = (await Promise.all(groups.map(find))).flat().sort(byLook).slice(0, limit);
  const claimed = new Set<Item>();
  await forEachRow(found, async item => {
    const refused = await requests.transact([
      {
        update: keyOfItem(item),
        change: 'SET #lookedAt = :at',
        where: `${filter} AND #lookedAt = :seen`,
        values: { at: at.getTime(), before, seen: integerOf(item, 'lookedAt') },
      },
    ]);
    if (refused.length === 0) claimed.add(item);
  });
  return found.filter(item => claimed.has(item));
}

function byLook(a: Item, b: Item): number {
  return integerOf(a, 'lookedAt') - integerOf(b, 'lookedAt') || (textOf(a, 'row') < textOf(b, 'row') ? -1 : 1);
}
