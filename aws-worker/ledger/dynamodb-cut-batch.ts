// How a batch is cut whose settlement leaves more owed and failed keys than one transaction can write.

import { compareUtf8 } from '../../shared/utf8-order.ts';
import { TRANSACTION_WRITES } from './dynamodb-requests.ts';
import type { BatchRow, Counts, SettledObject } from './ledger.ts';
import type { OwedKey } from './settlement.ts';

/** One write is the batch's row, one the counter. */
export const MAX_SETTLED_ROWS = TRANSACTION_WRITES - 2;
const MAX_PARTS = MAX_SETTLED_ROWS;

export interface MetKeys {
  readonly settled: readonly SettledObject[];
  readonly owed: readonly OwedKey[];
}

export interface BatchPart extends MetKeys, Pick<BatchRow, 'from' | 'to' | 'found'> {}

/**
 * In order of the keys, each part ending where the next begins. All have as many keys, few enough for a transaction unless MAX_PARTS do not suffice for that.
 * Keys that the lister saw and nobody met are the last part's.
 */
export function cutBatch(row: Pick<BatchRow, 'from' | 'to' | 'found'>, met: MetKeys): readonly BatchPart[] {
  const keys = eachKeyOnce(met);
  const size = Math.max(MAX_SETTLED_ROWS, Math.ceil(keys.length / MAX_PARTS));
  const count = Math.ceil(keys.length / size);
  const missing = Math.max(0, row.found.objects - keys.length);
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const some = keys.slice(index * size, (index + 1) * size);
    return {
      from: keys[index * size - 1]?.key ?? row.from,
      to: isLast ? row.to : (some.at(-1)?.key ?? row.to),
      found: {
        objects: some.length + (isLast ? missing : 0),
        bytes: some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      },
      settled: some.flatMap(({ settled }) => settled ?? []),
      owed: some.flatMap(({ key, sizeBytes, settled }) => (settled === undefined ? [{ key, sizeBytes }] : [])),
    };
  });
}

export function foundIn(batches: readonly { readonly found: Counts }[]): Counts {
  return batches.reduce(
    (sum, { found }) => ({ objects: sum.objects + found.objects, bytes: sum.bytes + found.bytes }),
    { objects: 0, bytes: 0 },
  );
}

interface MetKey extends OwedKey {
  readonly settled: SettledObject | undefined;
}

/** As settlementOf counts them: by how it was settled, if it was, and as it was named first. */
function eachKeyOnce({ settled, owed }: MetKeys): readonly MetKey[] {
  const named = [
    ...settled.map(object => ({ key: object.key, sizeBytes: object.sizeBytes, settled: object })),
    ...owed.map(({ key, sizeBytes }) => ({ key, sizeBytes, settled: undefined })),
  ];
  const byKey = new Map(named.toReversed().map(each => [each.key, each]));
  return [...byKey.values()].sort((a, b) => compareUtf8(a.key, b.key));
}
