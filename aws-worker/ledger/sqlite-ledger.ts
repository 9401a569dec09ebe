// The embedded ledger: one SQLite file, no other service, shared by any number of processes of one machine.

import { randomBytes } from 'node:crypto';
import type { Log } from '../../shared/log.ts';
import type { Ledger } from './ledger.ts';
import { createSqliteBackfills } from './sqlite-backfills.ts';
import { createSqliteBatches } from './sqlite-batches.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { createSqliteFailures } from './sqlite-failures.ts';
import { openSqlite } from './sqlite-open.ts';
import { createSqlitePrune } from './sqlite-prune.ts';
import { createSqliteRanges } from './sqlite-ranges.ts';
import { createSqliteRetries } from './sqlite-retries.ts';
import { createSqliteSilence } from './sqlite-silence.ts';
import { createSqliteUploads } from './sqlite-uploads.ts';
import { createSqliteWorkers } from './sqlite-workers.ts';

export interface SqliteLedgerOptions {
  /** `:memory:` lives as long as the ledger is open. Its folder is made when missing. */
  readonly path: string;
  /** Names this process's row of counters; unique in the fleet. */
  readonly workerId: string;
  readonly log: Log;
  readonly now?: () => Date;
  /** How long to wait for another process's lock before `ledger-busy`; 10 seconds unless told. */
  readonly maxWaitMilliseconds?: number;
}

const ID_BYTES = 8;

/** @throws BridgeError retryable `ledger-busy`, permanent `ledger-unavailable` */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<Ledger> {
  const { workerId, now = () => new Date() } = options;
  const transactions = await openSqlite(options);
  return createSqliteLedger({ transactions, workerId, now, newId: () => randomBytes(ID_BYTES).toString('hex') });
}

/** The ledger on a connection that is open. Closing it closes the connection. */
export function createSqliteLedger(context: SqliteLedgerContext): Ledger {
  return {
    ...createSqliteBackfills(context),
    ...createSqliteRanges(context),
    ...createSqliteBatches(context),
    ...createSqliteRetries(context),
    ...createSqliteSilence(context),
    ...createSqliteFailures(context),
    ...createSqliteWorkers(context),
    ...createSqlitePrune(context),
    uploads: createSqliteUploads(context),
    close: () => context.transactions.close(),
  };
}
