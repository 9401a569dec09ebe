// Batches and owed objects: settling removes the row and counts in one transaction, so whatever is settled twice counts once.

import type { BatchRow, Ledger, OwedObject, SettledObject } from './ledger.ts';
import { settlementOf } from './settlement.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { addToCounters, countUnpaid } from './sqlite-counters.ts';
import { putFailure } from './sqlite-failures.ts';
import { RESUMES_NOW } from './sqlite-resumes.ts';
import { integerOf, type Sql, type SqlRow, textOf } from './sqlite-statements.ts';

export type SqliteBatches = Pick<
  Ledger,
  'findBatch' | 'settleBatch' | 'findOwedObject' | 'owedObjectsOf' | 'settleObject' | 'unpaid'
>;

export function createSqliteBatches({ transactions, workerId, now }: SqliteLedgerContext): SqliteBatches {
  return {
    findBatch: ({ backfill, batch }) =>
      transactions.read(sql => {
        const row = sql.first('SELECT * FROM batches WHERE backfill = ? AND id = ?', backfill, batch);
        return row === undefined ? undefined : batchOf(row);
      }),

    settleBatch: ({ backfill, batch, settled, owed }) =>
      transactions.write(sql => {
        const [row] = sql.all('DELETE FROM batches WHERE backfill = ? AND id = ? RETURNING *', backfill, batch);
        if (row === undefined) return 'already-settled';
        const settlement = settlementOf(batchOf(row).found, { settled, owed });
        const at = now();
        for (const object of settlement.owed) {
          putOwedObject(sql, { backfill, batch, key: object.key, sizeBytes: object.sizeBytes }, at);
        }
        for (const object of settlement.failed) putFailureOf(sql, backfill, object, at);
        addToCounters(
          sql,
          { backfill, worker: workerId },
          {
            paid: 1,
            incurred: settlement.owed.length,
            found: settlement.foundChange,
            outcomes: settlement.outcomes,
          },
        );
        return 'settled';
      }),

    findOwedObject: ({ backfill, batch, key }) =>
      transactions.read(sql => {
        const row = sql.first(
          'SELECT * FROM owed_objects WHERE backfill = ? AND batch = ? AND key = ?',
          backfill,
          batch,
          key,
        );
        return row === undefined ? undefined : owedObjectOf(row);
      }),

    owedObjectsOf: ({ backfill, batch }) =>
      transactions.read(sql =>
        sql
          .all('SELECT * FROM owed_objects WHERE backfill = ? AND batch = ? ORDER BY key', backfill, batch)
          .map(owedObjectOf),
      ),

    settleObject: ({ backfill, batch }, settled) =>
      transactions.write(sql => {
        const [row] = sql.all(
          'DELETE FROM owed_objects WHERE backfill = ? AND batch = ? AND key = ? RETURNING *',
          backfill,
          batch,
          settled.key,
        );
        if (row === undefined) return 'already-settled';
        if (settled.kind === 'failed') putFailureOf(sql, backfill, settled, now());
        const found = { objects: 0, bytes: settled.sizeBytes - owedObjectOf(row).sizeBytes };
        const outcomes = { [settled.kind]: { objects: 1, bytes: settled.sizeBytes } };
        addToCounters(sql, { backfill, worker: workerId }, { paid: 1, found, outcomes });
        return 'settled';
      }),

    unpaid: backfill => transactions.read(sql => countUnpaid(sql, backfill)),
  };
}

export function putOwedObject(sql: Sql, owed: OwedObject, at: Date): void {
  sql.run(
    `INSERT INTO owed_objects (backfill, batch, key, size_bytes, last_sent_at, resumes_when_sent)
     VALUES (?1, ?2, ?3, ?4, ?5, ${RESUMES_NOW})`,
    owed.backfill,
    owed.batch,
    owed.key,
    owed.sizeBytes,
    at.getTime(),
  );
}

export function batchOf(row: SqlRow): BatchRow {
  return {
    backfill: textOf(row, 'backfill'),
    batch: textOf(row, 'id'),
    from: textOf(row, 'from_key'),
    to: textOf(row, 'to_key'),
    found: { objects: integerOf(row, 'found_objects'), bytes: integerOf(row, 'found_bytes') },
  };
}

export function owedObjectOf(row: SqlRow): OwedObject {
  return {
    backfill: textOf(row, 'backfill'),
    batch: textOf(row, 'batch'),
    key: textOf(row, 'key'),
    sizeBytes: integerOf(row, 'size_bytes'),
  };
}

function putFailureOf(sql: Sql, backfill: string, settled: SettledObject, at: Date): void {
  const { key, sizeBytes, code = 'unknown', reason = '' } = settled;
  putFailure(sql, backfill, { key, sizeBytes, code, reason, at });
}
