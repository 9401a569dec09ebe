// Forgets backfills that ended long ago, a bounded number of rows at a time, so that nobody waits for it. The counts go last and together with the
// backfill: whoever looks sees it with exact counts or not at all. It is marked first, so that nobody brings back what is left of its failures.

import type { Ledger } from './ledger.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { type Sql, textOf } from './sqlite-statements.ts';

export type SqlitePrune = Pick<Ledger, 'pruneBackfills'>;

/** A cancelled backfill may still owe much. */
const TABLES = [
  { table: 'failures', primaryKey: 'backfill, key' },
  { table: 'owed_objects', primaryKey: 'backfill, batch, key' },
  { table: 'batches', primaryKey: 'backfill, id' },
  { table: 'ranges', primaryKey: 'backfill, id' },
  { table: 'idempotency_keys', primaryKey: 'key' },
] as const;

export function createSqlitePrune({ transactions }: SqliteLedgerContext): SqlitePrune {
  return {
    pruneBackfills: async ({ endedBefore, limit }) => {
      const milliseconds = endedBefore.getTime();
      if ((await transactions.read(sql => findEnded(sql, milliseconds))) === undefined) return 0;
      return await transactions.write(sql => {
        const backfill = findEnded(sql, milliseconds);
        if (backfill === undefined) return 0;
        sql.run('UPDATE backfills SET is_pruned = 1 WHERE id = ?', backfill);
        return removeSome(sql, backfill, limit);
      });
    },
  };
}

function findEnded(sql: Sql, beforeMilliseconds: number): string | undefined {
  const row = sql.first(
    `SELECT id FROM backfills WHERE status IN ('done', 'cancelled') AND ended_at < ? ORDER BY sequence LIMIT 1`,
    beforeMilliseconds,
  );
  return row === undefined ? undefined : textOf(row, 'id');
}

function removeSome(sql: Sql, backfill: string, limit: number): number {
  let removed = 0;
  for (const { table, primaryKey } of TABLES) {
    removed += sql.run(
      `DELETE FROM ${table} WHERE (${primaryKey}) IN (SELECT ${primaryKey} FROM ${table} WHERE backfill = ? LIMIT ?)`,
      backfill,
      limit - removed,
    );
    if (removed >= limit) return removed;
  }
  // A row for each worker that had a part in it.
  removed += sql.run('DELETE FROM counters WHERE backfill = ?', backfill);
  return removed + sql.run('DELETE FROM backfills WHERE id = ?', backfill);
}
