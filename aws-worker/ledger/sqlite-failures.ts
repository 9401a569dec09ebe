// The failure lists: one for each backfill, one for live events, each with the newest failure of a key.

import type { Failure, Ledger } from './ledger.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { dateOf, integerOf, type Sql, textOf } from './sqlite-statements.ts';

/** No backfill has this id. */
const LIVE = '';

export type SqliteFailures = Pick<Ledger, 'recordLiveFailure' | 'listFailures'>;

export function createSqliteFailures({ transactions }: SqliteLedgerContext): SqliteFailures {
  return {
    recordLiveFailure: failure => transactions.write(sql => putFailure(sql, LIVE, failure)),

    listFailures: ({ backfill, after, limit }) =>
      transactions.read(sql =>
        sql
          .all(
            'SELECT * FROM failures WHERE backfill = ? AND key > ? ORDER BY key LIMIT ?',
            backfill ?? LIVE,
            after,
            limit,
          )
          .map(row => ({
            key: textOf(row, 'key'),
            sizeBytes: integerOf(row, 'size_bytes'),
            code: textOf(row, 'code'),
            reason: textOf(row, 'reason'),
            at: dateOf(row, 'at'),
          })),
      ),
  };
}

/** An older failure that arrives late changes nothing. */
export function putFailure(sql: Sql, backfill: string, failure: Failure): void {
  sql.run(
    `INSERT INTO failures (backfill, key, size_bytes, code, reason, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (backfill, key) DO UPDATE
       SET size_bytes = excluded.size_bytes, code = excluded.code, reason = excluded.reason, at = excluded.at
       WHERE excluded.at >= at`,
    backfill,
    failure.key,
    failure.sizeBytes,
    failure.code,
    failure.reason,
    failure.at.getTime(),
  );
}
