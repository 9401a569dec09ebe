// Which workers are alive, and whether the ledger can be written at all.

import type { Ledger } from './ledger.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { integerOf } from './sqlite-statements.ts';

/** A container's id never comes back; its row is dropped after a week of silence. */
const FORGET_AFTER_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;

export type SqliteWorkers = Pick<Ledger, 'heartbeat' | 'countWorkers' | 'probe' | 'selfTest'>;

export function createSqliteWorkers({ transactions, now }: SqliteLedgerContext): SqliteWorkers {
  return {
    heartbeat: ({ id, host }) =>
      transactions.write(sql => {
        const at = now().getTime();
        sql.run(
          `INSERT INTO workers (id, host, heard_at) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET host = excluded.host, heard_at = excluded.heard_at`,
          id,
          host,
          at,
        );
        sql.run('DELETE FROM workers WHERE heard_at < ?', at - FORGET_AFTER_MILLISECONDS);
      }),

    countWorkers: ({ since }) =>
      transactions.read(sql => {
        const row = sql.first('SELECT count(*) AS total FROM workers WHERE heard_at >= ?', since.getTime());
        return row === undefined ? 0 : integerOf(row, 'total');
      }),

    probe: () =>
      transactions.write(sql => {
        sql.run(
          'INSERT INTO probe (id, written_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at',
          now().getTime(),
        );
      }),

    // One transaction, so that neither another test nor a probe comes in between.
    selfTest: () =>
      transactions.write(sql => {
        sql.run('INSERT INTO probe (id, written_at) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET written_at = 0');
        sql.run('UPDATE probe SET written_at = ? WHERE id = 1', now().getTime());
        sql.first('SELECT written_at FROM probe WHERE id = 1');
        sql.run('DELETE FROM probe WHERE id = 1');
      }),
  };
}
