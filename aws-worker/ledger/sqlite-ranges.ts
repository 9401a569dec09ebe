// Ranges: a checkpoint moves the cursor and makes the batches' rows in one transaction, so a batch is owed before anybody hears of it.

import type { BatchRow, Counts, Ledger, OwedObject, RangeRow } from './ledger.ts';
import { batchOf, owedObjectOf } from './sqlite-batches.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { addToCounters } from './sqlite-counters.ts';
import { RESUMES_NOW } from './sqlite-resumes.ts';
import { integerOf, type Sql, textOf } from './sqlite-statements.ts';

export type SqliteRanges = Pick<Ledger, 'findRange' | 'checkpointRange' | 'markSent' | 'closeRange'>;

export function createSqliteRanges({ transactions, workerId, now }: SqliteLedgerContext): SqliteRanges {
  return {
    findRange: id => transactions.read(sql => readRange(sql, id)),

    checkpointRange: checkpoint =>
      transactions.write(sql => {
        const { backfill, range, version, cursor, batches } = checkpoint;
        const at = now().getTime();
        const moved = sql.run(
          `UPDATE ranges SET cursor = ?, version = version + 1, tail_batches = ?, tail_ranges = '[]', last_sent_at = ?
           WHERE backfill = ? AND id = ? AND version = ?`,
          cursor,
          JSON.stringify(batches.map(({ batch }) => batch)),
          at,
          backfill,
          range,
          version,
        );
        if (moved === 0) return undefined;
        for (const { batch, from, to, found } of batches) {
          sql.run(
            `INSERT INTO batches (backfill, id, from_key, to_key, found_objects, found_bytes, last_sent_at, resumes_when_sent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ${RESUMES_NOW})`,
            backfill,
            batch,
            from,
            to,
            found.objects,
            found.bytes,
            at,
          );
        }
        addToCounters(sql, { backfill, worker: workerId }, { incurred: batches.length, found: foundIn(batches) });
        return readRange(sql, checkpoint);
      }),

    // The version stays: a mark that comes late meets the version of a later checkpoint, never that one's tail.
    markSent: ({ backfill, range, version }) =>
      transactions.write(sql => {
        const marked = sql.run(
          `UPDATE ranges SET tail_batches = '[]', tail_ranges = '[]', last_sent_at = ?
           WHERE backfill = ? AND id = ? AND version = ?`,
          now().getTime(),
          backfill,
          range,
          version,
        );
        return marked > 0;
      }),

    closeRange: ({ backfill, range, version }) =>
      transactions.write(sql => {
        const removed = sql.run(
          'DELETE FROM ranges WHERE backfill = ? AND id = ? AND version = ?',
          backfill,
          range,
          version,
        );
        if (removed === 0) return false;
        addToCounters(sql, { backfill, worker: workerId }, { paid: 1 });
        return true;
      }),
  };
}

export function readRange(
  sql: Sql,
  { backfill, range }: { readonly backfill: string; readonly range: string },
): RangeRow | undefined {
  const row = sql.first('SELECT * FROM ranges WHERE backfill = ? AND id = ?', backfill, range);
  if (row === undefined) return undefined;
  const lists = textOf(row, 'lists') === 'failures' ? 'failures' : 'source';
  return {
    backfill,
    range,
    lists,
    from: textOf(row, 'from_key'),
    to: textOf(row, 'to_key'),
    cursor: textOf(row, 'cursor'),
    version: integerOf(row, 'version'),
    unsent: {
      batches: owedBatches(sql, backfill, textOf(row, 'tail_batches')),
      ranges: openRanges(sql, backfill, textOf(row, 'tail_ranges')),
      // Those of a batch are sent by whoever settles it.
      objects: lists === 'failures' ? owedObjects(sql, backfill, textOf(row, 'tail_batches')) : [],
    },
  };
}

/** CROSS JOIN looks each id of the tail up; SQLite would else read every batch of the backfill: https://www.sqlite.org/optoverview.html#crossjoin */
function owedBatches(sql: Sql, backfill: string, tail: string): readonly BatchRow[] {
  return sql
    .all(
      `SELECT batches.* FROM json_each(?) AS tail CROSS JOIN batches ON batches.backfill = ? AND batches.id = tail.value
       ORDER BY tail.key`,
      tail,
      backfill,
    )
    .map(batchOf);
}

function owedObjects(sql: Sql, backfill: string, tail: string): readonly OwedObject[] {
  return sql
    .all(
      `SELECT owed_objects.* FROM json_each(?) AS tail
       CROSS JOIN owed_objects ON owed_objects.backfill = ? AND owed_objects.batch = tail.value
       ORDER BY tail.key, owed_objects.key`,
      tail,
      backfill,
    )
    .map(owedObjectOf);
}

function openRanges(sql: Sql, backfill: string, tail: string): readonly string[] {
  return sql
    .all(
      `SELECT ranges.id FROM json_each(?) AS tail CROSS JOIN ranges ON ranges.backfill = ? AND ranges.id = tail.value
       ORDER BY tail.key`,
      tail,
      backfill,
    )
    .map(row => textOf(row, 'id'));
}

function foundIn(batches: readonly { readonly found: Counts }[]): Counts {
  return batches.reduce(
    (sum, { found }) => ({ objects: sum.objects + found.objects, bytes: sum.bytes + found.bytes }),
    { objects: 0, bytes: 0 },
  );
}
