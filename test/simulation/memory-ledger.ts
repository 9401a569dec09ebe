// The real SQL at memory speed: one database a process, emptied between schedules, shared by all workers of a schedule. A transaction is one
// instant, as SQLite's are; where a method of the ledger needs two, other workers may come in between.

import { DatabaseSync } from 'node:sqlite';
import type { BackfillStatus, Ledger } from '../../aws-worker/ledger/ledger.ts';
import { createSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import { migrateSchema } from '../../aws-worker/ledger/sqlite-schema.ts';
import { createSql, integerOf, type Sql, textOf } from '../../aws-worker/ledger/sqlite-statements.ts';
import type { SqliteTransactions } from '../../aws-worker/ledger/sqlite-transactions.ts';

const IN_MEMORY = ':memory:';

export interface MemoryDatabase {
  readonly sql: Sql;
  empty(): void;
}

let opened: MemoryDatabase | undefined;

export function openMemoryDatabase(): MemoryDatabase {
  opened ??= open();
  return opened;
}

function open(): MemoryDatabase {
  const database = new DatabaseSync(IN_MEMORY, { readBigInts: true, enableForeignKeyConstraints: true });
  migrateSchema(database, IN_MEMORY);
  const sql = createSql(database);
  const tables = sql
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`)
    .map(row => textOf(row, 'name'))
    // What refers to another table was made after it.
    .reverse();
  return {
    sql,
    empty() {
      for (const table of tables) sql.run(`DELETE FROM ${table}`);
    },
  };
}

export interface MemoryLedgerOptions {
  readonly database: MemoryDatabase;
  readonly workerId: string;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Around each transaction but the first of a call, which is part of the call's own step. */
  readonly aroundFurther?: <T>(transaction: () => T) => Promise<T>;
  /** After each transaction that may have changed something. */
  readonly onCommit?: () => void;
}

export interface MemoryLedger {
  readonly ledger: Ledger;
  /** To be called at the start of each call of the ledger. */
  begin(): void;
}

export function createMemoryLedger(options: MemoryLedgerOptions): MemoryLedger {
  const { database, onCommit, aroundFurther = async transaction => transaction() } = options;
  const { sql } = database;
  let isFirst = true;
  const run = <T>(transaction: () => T): Promise<T> => {
    if (!isFirst) return aroundFurther(transaction);
    isFirst = false;
    return new Promise(resolve => resolve(transaction()));
  };
  const transactions: SqliteTransactions = {
    read: work => run(() => work(sql)),
    write: work =>
      run(() => {
        const value = wholly(sql, work);
        onCommit?.();
        return value;
      }),
    close: () => Promise.resolve(),
  };
  return {
    ledger: createSqliteLedger({ ...options, transactions }),
    begin() {
      isFirst = true;
    },
  };
}

/** What it changed is undone when it throws. */
function wholly<T>(sql: Sql, work: (sql: Sql) => T): T {
  sql.run('BEGIN');
  try {
    const value = work(sql);
    sql.run('COMMIT');
    return value;
  } catch (error) {
    sql.run('ROLLBACK');
    throw error;
  }
}

/** Rows of debts that a backfill has, of any kind. */
export function countDebts({ sql }: MemoryDatabase, backfill: string): number {
  const row = sql.first(
    `SELECT (SELECT count(*) FROM ranges WHERE backfill = ?1) + (SELECT count(*) FROM batches WHERE backfill = ?1)
       + (SELECT count(*) FROM owed_objects WHERE backfill = ?1) AS total`,
    backfill,
  );
  return row === undefined ? 0 : integerOf(row, 'total');
}

export function countUploadRows({ sql }: MemoryDatabase): number {
  const row = sql.first('SELECT count(*) AS total FROM uploads');
  return row === undefined ? 0 : integerOf(row, 'total');
}

const STATUSES: readonly BackfillStatus[] = ['running', 'paused', 'cancelled', 'done'];

export function readStatuses({
  sql,
}: MemoryDatabase): readonly { readonly id: string; readonly status: BackfillStatus }[] {
  return sql.all('SELECT id, status FROM backfills ORDER BY sequence').flatMap(row => {
    const status = STATUSES.find(known => known === row.status);
    return status === undefined ? [] : [{ id: textOf(row, 'id'), status }];
  });
}
