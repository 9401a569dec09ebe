// Holds the write lock of a SQLite ledger as another process would that is stuck in a transaction: readers go on, writers get SQLITE_BUSY.
// Nothing is written, and the lock is gone with the release, whatever happened.

import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../../aws-worker/ledger/sqlite-errors.ts';

/** Between two attempts to get the lock from somebody who writes. */
const RETRY_MILLISECONDS = 2;

export interface LedgerLockOptions {
  /** Of a file that exists. */
  readonly path: string;
  readonly milliseconds: number;
  /** How long the ledger is free between two locks. */
  readonly pauseMilliseconds: number;
  /** How many locks. */
  readonly times: number;
  readonly onLocked: () => void;
  /** It will not lock any more. */
  readonly onFailure: (error: unknown) => void;
}

export interface LedgerLock {
  /** At once; may be repeated. */
  release(): void;
}

/** Where nobody else writes, the first lock is held when this returns. */
export function holdLedgerLock(options: LedgerLockOptions): LedgerLock {
  let database: DatabaseSync | undefined;
  let timer: NodeJS.Timeout | undefined;
  let locksLeft = options.times;

  const release = (): void => {
    clearTimeout(timer);
    if (database?.isTransaction) database.exec('ROLLBACK');
    database?.close();
    database = undefined;
  };
  const guarded = (step: () => void) => (): void => {
    try {
      step();
    } catch (error) {
      release();
      options.onFailure(error);
    }
  };
  const lock = guarded(() => {
    database ??= new DatabaseSync(options.path, { timeout: 0 });
    try {
      database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (!isBusy(error)) throw error;
      timer = setTimeout(lock, RETRY_MILLISECONDS);
      return;
    }
    locksLeft--;
    options.onLocked();
    timer = setTimeout(unlock, options.milliseconds);
  });
  const unlock = guarded(() => {
    if (locksLeft <= 0) return release();
    database?.exec('ROLLBACK');
    timer = setTimeout(lock, options.pauseMilliseconds);
  });
  lock();
  return { release };
}
