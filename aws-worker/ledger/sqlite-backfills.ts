// Backfills: started once for the same request or the same idempotency key, and their status.

import { BridgeError } from '../../shared/bridge-error.ts';
import {
  BACKFILL_STATUSES,
  type Backfill,
  type BackfillRequest,
  type BackfillRow,
  type BackfillStatus,
  type Ledger,
} from './ledger.ts';
import { backfillId, ROOT_RANGE, requestHash } from './new-backfill.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { addToCounters, isEverythingPaid, readCounts } from './sqlite-counters.ts';
import {
  dateOf,
  integerOf,
  optionalDateOf,
  optionalTextOf,
  type Sql,
  type SqlRow,
  textOf,
} from './sqlite-statements.ts';

export type SqliteBackfills = Pick<
  Ledger,
  | 'startBackfill'
  | 'findBackfill'
  | 'findBackfillRow'
  | 'listBackfills'
  | 'runningBackfills'
  | 'statusOf'
  | 'changeStatus'
  | 'completeIfPaid'
>;

export function createSqliteBackfills({ transactions, workerId, now, newId }: SqliteLedgerContext): SqliteBackfills {
  return {
    startBackfill: ({ request, force, idempotencyKey }) =>
      transactions.write(sql => {
        const askedHash = requestHash({ request, force });
        const earlier = idempotencyKey === undefined ? undefined : findByKey(sql, idempotencyKey, askedHash);
        const existing = earlier ?? (force ? undefined : findUnfinished(sql, request));
        const id = existing ?? insertBackfill(sql, { request, workerId, at: now(), newId });
        if (idempotencyKey !== undefined && earlier === undefined) {
          sql.run(
            'INSERT INTO idempotency_keys (key, asked_hash, backfill) VALUES (?, ?, ?)',
            idempotencyKey,
            askedHash,
            id,
          );
        }
        return { backfill: readBackfill(sql, id), isNew: existing === undefined, range: ROOT_RANGE };
      }),

    findBackfill: id =>
      transactions.read(sql => {
        const row = sql.first('SELECT * FROM backfills WHERE id = ?', id);
        return row === undefined ? undefined : backfillOf(sql, row);
      }),

    findBackfillRow: id =>
      transactions.read(sql => {
        const row = sql.first('SELECT * FROM backfills WHERE id = ?', id);
        return row === undefined ? undefined : backfillRowOf(row);
      }),

    listBackfills: ({ limit }) =>
      transactions.read(sql =>
        sql.all('SELECT * FROM backfills ORDER BY sequence DESC LIMIT ?', limit).map(row => backfillOf(sql, row)),
      ),

    runningBackfills: () =>
      transactions.read(sql =>
        sql.all(`SELECT id FROM backfills WHERE status = 'running' ORDER BY sequence`).map(row => textOf(row, 'id')),
      ),

    statusOf: id =>
      transactions.read(sql => {
        const row = sql.first('SELECT status FROM backfills WHERE id = ?', id);
        return row === undefined ? undefined : statusOf(row);
      }),

    changeStatus: (id, { from, to, reason, resumes }) =>
      transactions.write(sql => {
        const isFinal = to !== 'running' && to !== 'paused';
        const changed = sql.run(
          `UPDATE backfills SET status = ?, reason = ?, ended_at = ?, resumes = resumes + ?
           WHERE id = ? AND status IN (SELECT value FROM json_each(?)) AND resumes = coalesce(?, resumes)`,
          to,
          reason ?? null,
          isFinal ? now().getTime() : null,
          to === 'running' ? 1 : 0,
          id,
          JSON.stringify(from),
          resumes ?? null,
        );
        return changed > 0;
      }),

    // Asked after every batch, and nearly always in vain: the lock is taken only for a yes.
    completeIfPaid: async id => {
      const standing = await transactions.read(sql => completionOf(sql, id));
      if (standing !== 'paid') return standing === 'done';
      return await transactions.write(sql => {
        const latest = completionOf(sql, id);
        if (latest !== 'paid') return latest === 'done';
        sql.run(`UPDATE backfills SET status = 'done', reason = NULL, ended_at = ? WHERE id = ?`, now().getTime(), id);
        return true;
      });
    },
  };
}

function completionOf(sql: Sql, id: string): 'done' | 'paid' | 'open' {
  const row = sql.first('SELECT status FROM backfills WHERE id = ?', id);
  const status = row === undefined ? undefined : statusOf(row);
  if (status === 'done') return 'done';
  return status === 'running' && isEverythingPaid(sql, id) ? 'paid' : 'open';
}

function findByKey(sql: Sql, idempotencyKey: string, askedHash: string): string | undefined {
  const used = sql.first('SELECT asked_hash, backfill FROM idempotency_keys WHERE key = ?', idempotencyKey);
  if (used === undefined) return undefined;
  if (textOf(used, 'asked_hash') !== askedHash) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'idempotency-key-reused',
      message: 'This Idempotency-Key was used with another request before. Use a new key for a new request.',
    });
  }
  return textOf(used, 'backfill');
}

/** A paused backfill counts as well: a second one would list and copy the same keys beside it. */
function findUnfinished(sql: Sql, request: BackfillRequest): string | undefined {
  const row = sql.first(
    `SELECT id FROM backfills WHERE status IN ('running', 'paused') AND request_hash = ? ORDER BY sequence DESC LIMIT 1`,
    requestHash(request),
  );
  return row === undefined ? undefined : textOf(row, 'id');
}

function insertBackfill(
  sql: Sql,
  made: {
    readonly request: BackfillRequest;
    readonly workerId: string;
    readonly at: Date;
    readonly newId: () => string;
  },
): string {
  const at = made.at.getTime();
  const id = backfillId(at, made.newId());
  sql.run(
    `INSERT INTO backfills (id, request, request_hash, status, created_at) VALUES (?, ?, ?, 'running', ?)`,
    id,
    JSON.stringify(made.request),
    requestHash(made.request),
    at,
  );
  sql.run(
    `INSERT INTO ranges (backfill, id, from_key, to_key, cursor, version, last_sent_at) VALUES (?, ?, '', '', '', 0, ?)`,
    id,
    ROOT_RANGE,
    at,
  );
  addToCounters(sql, { backfill: id, worker: made.workerId }, { incurred: 1 });
  return id;
}

function readBackfill(sql: Sql, id: string): Backfill {
  const row = sql.first('SELECT * FROM backfills WHERE id = ?', id);
  if (row === undefined) throw new TypeError(`The ledger has no backfill ${id}.`);
  return backfillOf(sql, row);
}

function backfillOf(sql: Sql, row: SqlRow): Backfill {
  return { ...backfillRowOf(row), counts: readCounts(sql, textOf(row, 'id')) };
}

function backfillRowOf(row: SqlRow): BackfillRow {
  return {
    id: textOf(row, 'id'),
    request: JSON.parse(textOf(row, 'request')) as BackfillRequest,
    status: statusOf(row),
    reason: optionalTextOf(row, 'reason'),
    resumes: integerOf(row, 'resumes'),
    createdAt: dateOf(row, 'created_at'),
    endedAt: optionalDateOf(row, 'ended_at'),
  };
}

function statusOf(row: SqlRow): BackfillStatus {
  const text = textOf(row, 'status');
  const status = BACKFILL_STATUSES.find(known => known === text);
  if (status === undefined) throw new TypeError(`The ledger holds an unknown status ${JSON.stringify(text)}.`);
  return status;
}
