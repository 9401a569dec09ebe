// The sweeper's view: debts of running backfills whose message has long not been sent (expired, purged, dead-lettered), or was last sent before
// the backfill was resumed (dropped while it was paused).

import type { DebtId, Debts, Ledger } from './ledger.ts';
import { batchOf, owedObjectOf } from './sqlite-batches.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { NEVER_SENT } from './sqlite-resumes.ts';
import { type Sql, type SqlRow, type SqlValue, textOf } from './sqlite-statements.ts';

export type SqliteSilence = Pick<Ledger, 'claimSilent' | 'giveBack' | 'touchDebt'>;

export function createSqliteSilence({ transactions, now }: SqliteLedgerContext): SqliteSilence {
  return {
    claimSilent: async ({ before, limit }) => {
      const beforeMilliseconds = before.getTime();
      // Most sweeps find nothing, and then take no lock.
      if ((await transactions.read(sql => sql.first(ANY_SILENT, beforeMilliseconds))) === undefined) {
        return { ranges: [], batches: [], objects: [] };
      }
      return await transactions.write(sql => {
        const claim = (table: DebtTable) => claimRows(sql, table, { beforeMilliseconds, at: now(), limit });
        return {
          ranges: claim('ranges').map(row => ({ backfill: textOf(row, 'backfill'), range: textOf(row, 'id') })),
          batches: claim('batches').map(batchOf),
          objects: claim('owed_objects').map(owedObjectOf),
        };
      });
    },

    giveBack: debts =>
      transactions.write(sql => {
        for (const { table, values } of idsOf(debts).map(rowOf)) {
          sql.run(`UPDATE ${table} SET resumes_when_sent = ${NEVER_SENT} WHERE ${whereRow(table)}`, ...values);
        }
      }),

    touchDebt: debt =>
      transactions.write(sql => {
        const { table, values } = rowOf(debt);
        sql.run(`UPDATE ${table} SET last_sent_at = ? WHERE ${whereRow(table)}`, now().getTime(), ...values);
      }),
  };
}

type DebtTable = 'ranges' | 'batches' | 'owed_objects';

const PRIMARY_KEYS: Readonly<Record<DebtTable, readonly string[]>> = {
  ranges: ['backfill', 'id'],
  batches: ['backfill', 'id'],
  owed_objects: ['backfill', 'batch', 'key'],
};

function idsOf({ ranges, batches, objects }: Debts): readonly DebtId[] {
  return [
    ...ranges,
    ...batches.map(({ backfill, batch }) => ({ backfill, batch })),
    ...objects.map(({ backfill, batch, key }) => ({ backfill, batch, key })),
  ];
}

function rowOf(debt: DebtId): { readonly table: DebtTable; readonly values: readonly SqlValue[] } {
  if ('range' in debt) return { table: 'ranges', values: [debt.backfill, debt.range] };
  if ('key' in debt) return { table: 'owed_objects', values: [debt.backfill, debt.batch, debt.key] };
  return { table: 'batches', values: [debt.backfill, debt.batch] };
}

function whereRow(table: DebtTable): string {
  return PRIMARY_KEYS[table].map(column => `${column} = ?`).join(' AND ');
}

/** Two selects, not one with OR: each has an index of its own, and of tables without rowids SQLite uses but one at a time. ?1: silent before. */
const SILENT = ['debt.last_sent_at < ?1', 'debt.resumes_when_sent < backfills.resumes'] as const;

/** CROSS JOIN keeps the order: few backfills run. https://www.sqlite.org/optoverview.html#crossjoin */
function silentRows(table: DebtTable, columns: string, isSilent: string): string {
  return `
    SELECT ${columns} FROM backfills CROSS JOIN ${table} AS debt ON debt.backfill = backfills.id
    WHERE backfills.status = 'running' AND ${isSilent}`;
}

const ANY_SILENT = (['ranges', 'batches', 'owed_objects'] satisfies DebtTable[])
  .flatMap(table => SILENT.map(isSilent => silentRows(table, '1', isSilent)))
  .join(' UNION ALL ')
  .concat(' LIMIT 1');

/** A row that is claimed for one reason is not silent for the other any more, so none comes twice. */
function claimRows(
  sql: Sql,
  table: DebtTable,
  { beforeMilliseconds, at, limit }: { readonly beforeMilliseconds: number; readonly at: Date; readonly limit: number },
): readonly SqlRow[] {
  const columns = PRIMARY_KEYS[table];
  const claimed: SqlRow[] = [];
  for (const isSilent of SILENT) {
    const rows = sql.all(
      `${silentRows(table, 'debt.*', isSilent)} LIMIT ?2`,
      beforeMilliseconds,
      limit - claimed.length,
    );
    for (const row of rows) {
      sql.run(
        `UPDATE ${table} SET last_sent_at = ?, resumes_when_sent = (SELECT resumes FROM backfills WHERE id = ?)
         WHERE ${whereRow(table)}`,
        at.getTime(),
        textOf(row, 'backfill'),
        ...columns.map(column => textOf(row, column)),
      );
    }
    claimed.push(...rows);
  }
  return claimed;
}
