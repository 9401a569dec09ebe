import type { SqliteTransactions } from './sqlite-transactions.ts';

/** What each part of the SQLite ledger is made from. */
export interface SqliteLedgerContext {
  readonly transactions: SqliteTransactions;
  /** Names this process's row of counters. */
  readonly workerId: string;
  readonly now: () => Date;
  /** Never the same twice: for backfills and rows. Lower-case hex. */
  readonly newId: () => string;
}
