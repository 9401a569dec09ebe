// Batches and owed objects: looked up by name, settled (dynamodb-settle.ts), counted.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { batchOf, owedObjectOf, readOwedObjects } from './dynamodb-debt-rows.ts';
import { batchKey, owedObjectKey } from './dynamodb-keys.ts';
import { settleBatchRow, settleOwedObject } from './dynamodb-settle.ts';
import type { Ledger } from './ledger.ts';

export type DynamodbBatches = Pick<
  Ledger,
  'findBatch' | 'settleBatch' | 'findOwedObject' | 'owedObjectsOf' | 'settleObject' | 'unpaid'
>;

export function createDynamodbBatches(context: DynamodbLedgerContext): DynamodbBatches {
  const { requests, counters } = context;

  const findBatch: Ledger['findBatch'] = async id => {
    const item = await requests.get(batchKey(id));
    return item === undefined ? undefined : batchOf(id.backfill, item);
  };
  const findOwedObject: Ledger['findOwedObject'] = async id => {
    const item = await requests.get(owedObjectKey(id));
    return item === undefined ? undefined : owedObjectOf(id.backfill, item);
  };

  return {
    findBatch,
    settleBatch: async ({ backfill, batch, settled, owed }) => {
      const row = await findBatch({ backfill, batch });
      if (row === undefined) return 'already-settled';
      return await settleBatchRow(context, row, { settled, owed, owedUnder: batch });
    },
    findOwedObject,
    owedObjectsOf: id => readOwedObjects(requests, id),
    settleObject: async ({ backfill, batch }, settled) => {
      const owed = await findOwedObject({ backfill, batch, key: settled.key });
      return owed === undefined ? 'already-settled' : await settleOwedObject(context, owed, settled);
    },
    unpaid: backfill => counters.unpaid(backfill),
  };
}
