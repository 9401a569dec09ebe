// Opens the ledger's file so that what a promise says is written survives a power cut, and several processes can share it.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../../shared/log.ts';
import { translateSqliteError, unavailable } from './sqlite-errors.ts';
import { migrateSchema, readSchemaVersion, SCHEMA_VERSION } from './sqlite-schema.ts';
import { createTransactions, retryWhileBusy, type SqliteTransactions } from './sqlite-transactions.ts';

const IN_MEMORY = ':memory:';
const DEFAULT_MAX_WAIT_MILLISECONDS = 10_000;
/** How long SQLite itself may block the event loop for a lock, about as long as a disk flush; then we wait without blocking. */
const BLOCKING_WAIT_MILLISECONDS = 10;
/** The write-ahead log is cut back to this after a checkpoint, should a burst have made it longer. */
const MAX_IDLE_LOG_BYTES = 64 * 1024 * 1024;

export interface OpenSqliteOptions {
  /** `:memory:` lives as long as the connection. Its folder is made when missing. */
  readonly path: string;
  readonly log: Log;
  /** How long to wait for another process's lock before `ledger-busy`. */
  readonly maxWaitMilliseconds?: number;
}

/** @throws BridgeError retryable `ledger-busy`, permanent `ledger-unavailable` */
export async function openSqlite(options: OpenSqliteOptions): Promise<SqliteTransactions> {
  const { path, log, maxWaitMilliseconds = DEFAULT_MAX_WAIT_MILLISECONDS } = options;
  if (path !== IN_MEMORY) await makeFolder(path);
  const database = connect(path);
  try {
    await retryWhileBusy(() => readSchemaVersion(database, path), maxWaitMilliseconds);
    await retryWhileBusy(() => makeDurable(database, path), maxWaitMilliseconds);
    const version = await retryWhileBusy(() => migrateSchema(database, path), maxWaitMilliseconds);
    if (version !== SCHEMA_VERSION)
      log.info('Ledger schema brought up to date.', { path, version, to: SCHEMA_VERSION });
  } catch (error) {
    database.close();
    throw translateSqliteError(error, path);
  }
  return createTransactions({ database, path, maxWaitMilliseconds });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw unavailable(
      `The folder ${dirname(path)} of the ledger cannot be made. Make it, or let the worker write there.`,
      error,
    );
  }
}

function connect(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, {
      timeout: BLOCKING_WAIT_MILLISECONDS,
      readBigInts: true,
      enableForeignKeyConstraints: true,
    });
  } catch (error) {
    throw translateSqliteError(error, path);
  }
}

/** With WAL, `synchronous = FULL` flushes the log at every commit: https://www.sqlite.org/pragma.html#pragma_synchronous */
function makeDurable(database: DatabaseSync, path: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal' && path !== IN_MEMORY) {
    throw unavailable(`The ledger ${path} cannot use a write-ahead log there. Put it on a local disk.`);
  }
  database.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
}
