// Reads and writes of one SQLite connection, each one transaction.
// node:sqlite is synchronous, so a transaction cannot interleave with another of this process; those of other processes are kept off
// by BEGIN IMMEDIATE. A disk flush blocks the event loop, so writes asked for in the same turn share one commit, each in a
// savepoint of its own: one that throws undoes itself alone. A promise resolves only after its commit is on disk.
// Waiting for another process's lock happens between attempts, not inside SQLite, so that heartbeats and requests go on meanwhile.

import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isBusy, translateSqliteError, unavailable } from './sqlite-errors.ts';
import { createSql, type Sql } from './sqlite-statements.ts';

/** Bounds how long one shared commit holds the event loop and the lock. */
const MAX_WRITES_PER_COMMIT = 64;
const MAX_PAUSE_MILLISECONDS = 20;

export interface SqliteTransactions {
  /** `work` sees one snapshot and may run more than once. */
  read<T>(work: (sql: Sql) => T): Promise<T>;
  /** What `work` changed is on disk when this resolves, and undone when it rejects. `work` runs at most once. */
  write<T>(work: (sql: Sql) => T): Promise<T>;
  /** Ends after the writes that were asked for. May be repeated. */
  close(): Promise<void>;
}

interface PendingWrite {
  /** Runs the work; what comes back hands its result to the caller, once it is committed. */
  attempt(): () => void;
  fail(error: unknown): void;
}

export interface SqliteTransactionsOptions {
  readonly database: DatabaseSync;
  readonly path: string;
  /** How long to wait for another process's lock before `ledger-busy`. */
  readonly maxWaitMilliseconds: number;
}

export function createTransactions(options: SqliteTransactionsOptions): SqliteTransactions {
  const { database, path, maxWaitMilliseconds } = options;
  const sql = createSql(database);
  const pendingWrites: PendingWrite[] = [];
  let draining: Promise<void> | undefined;
  let isClosed = false;

  const refuseWhenClosed = () => {
    if (isClosed) throw unavailable(`The ledger ${path} was closed by this worker.`);
  };

  const drain = async () => {
    await nextTurn();
    while (pendingWrites.length > 0) {
      try {
        // One synchronous run from the lock to the commit: a read that came in between would find itself in this transaction.
        await retryWhileBusy(() => {
          sql.run('BEGIN IMMEDIATE');
          commitTogether(pendingWrites.splice(0, MAX_WRITES_PER_COMMIT));
        }, maxWaitMilliseconds);
      } catch (error) {
        for (const pending of pendingWrites.splice(0)) pending.fail(translateSqliteError(error, path));
      }
      await nextTurn();
    }
    // In the same turn as the check above: a write that comes later starts the next drain.
    draining = undefined;
  };

  const commitTogether = (group: readonly PendingWrite[]) => {
    const deliveries: (() => void)[] = [];
    try {
      for (const pending of group) {
        sql.run('SAVEPOINT one_write');
        try {
          deliveries.push(pending.attempt());
        } catch (error) {
          // A full disk or an I/O error may have ended the whole transaction, the others' work with it.
          if (!database.isTransaction) throw error;
          sql.run('ROLLBACK TO one_write');
          pending.fail(translateSqliteError(error, path));
        }
        sql.run('RELEASE one_write');
      }
      sql.run('COMMIT');
    } catch (error) {
      for (const pending of group) pending.fail(translateSqliteError(error, path));
      rollBack(database);
      return;
    }
    for (const deliver of deliveries) deliver();
  };

  return {
    read: async work => {
      refuseWhenClosed();
      try {
        return await retryWhileBusy(() => {
          sql.run('BEGIN');
          try {
            return work(sql);
          } finally {
            rollBack(database);
          }
        }, maxWaitMilliseconds);
      } catch (error) {
        throw translateSqliteError(error, path);
      }
    },
    write: async work => {
      refuseWhenClosed();
      return await new Promise((resolve, reject) => {
        const attempt = () => {
          const value = work(sql);
          return () => resolve(value);
        };
        pendingWrites.push({ attempt, fail: reject });
        draining ??= drain();
      });
    },
    close: async () => {
      isClosed = true;
      await draining;
      if (database.isOpen) database.close();
    },
  };
}

/** @throws the last busy error when it is still busy after `maxWaitMilliseconds`; any other error at once */
export async function retryWhileBusy<T>(attempt: () => T, maxWaitMilliseconds: number): Promise<T> {
  const deadline = performance.now() + maxWaitMilliseconds;
  while (true) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    // Random, so that several processes don't knock in step.
    await sleep(1 + Math.random() * MAX_PAUSE_MILLISECONDS);
  }
}

function rollBack(database: DatabaseSync): void {
  if (!database.isTransaction) return;
  try {
    database.exec('ROLLBACK');
  } catch (error) {
    // SQLite has rolled back already, or will when the file is opened next; the caller throws the error that led here.
    if (database.isTransaction) throw error;
  }
}
