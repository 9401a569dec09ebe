// SQLite's result codes as the ledger's two errors: somebody else has the lock (again later), or the file is of no use (a person must act).
// https://www.sqlite.org/rescode.html

import { BridgeError } from '../../shared/bridge-error.ts';

const BUSY = 5;
const LOCKED = 6;
/** Two processes raced for the locks of a WAL file; passes by itself. */
const PROTOCOL = 15;
const BUSY_CODES: readonly number[] = [BUSY, LOCKED, PROTOCOL];

/** What is wrong and what to do, by primary result code. Each begins as the end of "The ledger FILE …". */
const ADVICE: Readonly<Record<number, string>> = {
  3: 'may not be opened by this user. Give the worker read and write permission on the file and its folder.',
  7: 'could not be used: SQLite got no memory. Give the worker more memory.',
  8: 'is read-only. Give the worker write permission on the file and on its folder (SQLite keeps a -wal and a -shm file beside it), or mount the volume read-write.',
  10: 'met an I/O error of its disk. Check the volume; the file must lie on a local disk, not on a network share.',
  11: 'is damaged. Stop the workers, keep a copy of the file, and start on a new one: a new backfill moves only what is missing.',
  13: 'has no disk space left. Free some or enlarge the volume; nothing that was recorded is lost.',
  14: 'cannot be opened. Its path must name a file (not a folder) on a volume that the worker can write.',
  22: 'needs a file system with large files and locks. Put it on a local disk.',
  26: 'is not a SQLite database. Let LEDGER_URL name another path.',
};

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code !== undefined && BUSY_CODES.includes(code);
}

/**
 * The BridgeError for an error of `node:sqlite`: retryable `ledger-busy` or permanent `ledger-unavailable`.
 * Anything else, a fault in our own SQL included, comes back as it is.
 */
export function translateSqliteError(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  if (BUSY_CODES.includes(code)) {
    return new BridgeError({
      kind: 'retryable',
      code: 'ledger-busy',
      message: `The ledger ${path} is locked by another process for longer than this one waits.`,
      cause: error,
    });
  }
  const advice = ADVICE[code];
  return advice === undefined ? error : unavailable(`The ledger ${path} ${advice}`, error);
}

export function unavailable(message: string, cause?: unknown): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'ledger-unavailable', message, cause });
}

/** SQLite's extended codes keep the primary one in their low byte. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}
