// The sweeper's view: debts of running backfills whose message has long not been sent (expired, purged, dead-lettered).

import type { DebtId, Ledger } from './ledger.ts';
import { batchOf, owedObjectOf } from './sqlite-batches.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { type SqlValue, textOf } from './sqlite-statements.ts';

const RUNNING = `SELECT id FROM backfills WHERE status = 'running'`;

export type SqliteSilence = Pick<Ledger, 'claimSilent' | 'touchDebt'>;

export function createSqliteSilence({ transactions, now }: SqliteLedgerContext): SqliteSilence {
  return {
    claimSilent: async ({ before, limit }) => {
      // Most sweeps find nothing, and then take no lock.
      if (!(await transactions.read(sql => sql.first(ANY_SILENT, ...repeat(before.getTime()))))) {
        return { ranges: [], batches: [], objects: [] };
      }
      return await transactions.write(sql => {
        const values = [now().getTime(), before.getTime(), limit] as const;
        return {
          ranges: sql
            .all(claim('ranges', 'backfill, id'), ...values)
            .map(row => ({ backfill: textOf(row, 'backfill'), range: textOf(row, 'id') })),
          batches: sql.all(claim('batches', 'backfill, id'), ...values).map(batchOf),
          objects: sql.all(claim('owed_objects', 'backfill, batch, key'), ...values).map(owedObjectOf),
        };
      });
    },

    touchDebt: debt =>
      transactions.write(sql => {
        const { table, primaryKey, values } = rowOf(debt);
        const placeholders = values.map(() => '?').join(', ');
        sql.run(
          `UPDATE ${table} SET last_sent_at = ? WHERE (${primaryKey}) = (${placeholders})`,
          now().getTime(),
          ...values,
        );
      }),
  };
}

function rowOf(debt: DebtId): {
  readonly table: DebtTable;
  readonly primaryKey: string;
  readonly values: readonly SqlValue[];
} {
  if ('range' in debt) return { table: 'ranges', primaryKey: 'backfill, id', values: [debt.backfill, debt.range] };
  if ('key' in debt) {
    return {
      table: 'owed_objects',
      primaryKey: 'backfill, batch, key',
      values: [debt.backfill, debt.batch, debt.key],
    };
  }
  return { table: 'batches', primaryKey: 'backfill, id', values: [debt.backfill, debt.batch] };
}

type DebtTable = 'ranges' | 'batches' | 'owed_objects';

const ANY_SILENT = (['ranges', 'batches', 'owed_objects'] satisfies DebtTable[])
  .map(table => `SELECT 1 FROM ${table} WHERE backfill IN (${RUNNING}) AND last_sent_at < ?`)
  .join(' UNION ALL ')
  .concat(' LIMIT 1');

function repeat(value: number): readonly [number, number, number] {
  return [value, value, value];
}

function claim(table: DebtTable, primaryKey: string): string {
  return `
    UPDATE ${table} SET last_sent_at = ?
    WHERE (${primaryKey}) IN (
      SELECT ${primaryKey} FROM ${table} WHERE backfill IN (${RUNNING}) AND last_sent_at < ? LIMIT ?
    )
    RETURNING *`;
}
