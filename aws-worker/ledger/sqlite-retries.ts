// Retries: what failed is owed again, a bounded number at a time, by a range that lists the failure list. Being a debt itself, it keeps the
// backfill from being done, waits while much is unpaid, pauses with it, and survives a crash, as every range does.

import type { Ledger } from './ledger.ts';
import { putOwedObject } from './sqlite-batches.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { addToCounters } from './sqlite-counters.ts';
import { readRange } from './sqlite-ranges.ts';
import { NEVER_SENT } from './sqlite-resumes.ts';
import { integerOf, type Sql, textOf } from './sqlite-statements.ts';

export type SqliteRetries = Pick<Ledger, 'retryFailed' | 'checkpointRetry'>;

export function createSqliteRetries({ transactions, workerId, now, newId }: SqliteLedgerContext): SqliteRetries {
  return {
    retryFailed: id =>
      transactions.write(sql => {
        const backfill = sql.first('SELECT status FROM backfills WHERE id = ? AND is_pruned = 0', id);
        if (backfill === undefined || textOf(backfill, 'status') === 'cancelled') return false;
        if (isRetrying(sql, id) || !hasFailures(sql, id)) return false;
        sql.run(
          `INSERT INTO ranges (backfill, id, from_key, to_key, cursor, version, lists, last_sent_at, resumes_when_sent)
           VALUES (?, ?, '', '', '', 0, 'failures', ?, ${NEVER_SENT})`,
          id,
          `retry-${newId()}`,
          now().getTime(),
        );
        addToCounters(sql, { backfill: id, worker: workerId }, { incurred: 1 });
        sql.run(`UPDATE backfills SET status = 'running', ended_at = NULL WHERE id = ? AND status = 'done'`, id);
        return true;
      }),

    checkpointRetry: checkpoint =>
      transactions.write(sql => {
        const { backfill, range, version, batch, failures } = checkpoint;
        const at = now();
        const moved = sql.run(
          `UPDATE ranges SET cursor = ?, version = version + 1, tail_batches = ?, tail_ranges = '[]', last_sent_at = ?
           WHERE backfill = ? AND id = ? AND version = ? AND lists = 'failures'`,
          failures.at(-1)?.key ?? '',
          JSON.stringify([batch]),
          at.getTime(),
          backfill,
          range,
          version,
        );
        if (moved === 0) return undefined;
        const counts = { objects: 0, bytes: 0 };
        for (const { key } of failures) {
          const sizeBytes = takeFailure(sql, backfill, key);
          if (sizeBytes === undefined) continue;
          putOwedObject(sql, { backfill, batch, key, sizeBytes }, at);
          counts.objects += 1;
          counts.bytes += sizeBytes;
        }
        addToCounters(
          sql,
          { backfill, worker: workerId },
          { incurred: counts.objects, outcomes: { failed: { objects: -counts.objects, bytes: -counts.bytes } } },
        );
        return readRange(sql, checkpoint);
      }),
  };
}

function isRetrying(sql: Sql, backfill: string): boolean {
  return sql.first(`SELECT 1 FROM ranges WHERE backfill = ? AND lists = 'failures' LIMIT 1`, backfill) !== undefined;
}

function hasFailures(sql: Sql, backfill: string): boolean {
  return sql.first('SELECT 1 FROM failures WHERE backfill = ? LIMIT 1', backfill) !== undefined;
}

/** Its size; undefined when it isn't on the list. */
function takeFailure(sql: Sql, backfill: string, key: string): number | undefined {
  const [row] = sql.all('DELETE FROM failures WHERE backfill = ? AND key = ? RETURNING size_bytes', backfill, key);
  return row === undefined ? undefined : integerOf(row, 'size_bytes');
}
