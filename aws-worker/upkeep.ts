// What the worker does beside its messages: repeats what the ledger is owed and nobody works on, ends uploads that nobody goes on with, forgets what
// ended long ago, and finds out whether the ledger can be written.

import { hostname } from 'node:os';
import { BridgeError } from '../shared/bridge-error.ts';
import { systemClock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { pruneEnded } from './backfill/prune-ended.ts';
import type { Sweeper } from './backfill/sweeper.ts';
import type { BackfillRow, Ledger } from './ledger/ledger.ts';
import type { Readiness } from './readiness.ts';
import { repeat } from './repeat.ts';
import { type Background, runInBackground } from './run-in-background.ts';
import { tidyUploads } from './transfer/tidy-uploads.ts';
import type { TransferContext } from './transfer/transfer-context.ts';

const TIDY_EVERY_MILLISECONDS = 600_000;
const LEDGER_PROBE_EVERY_MILLISECONDS = 5_000;
const PRUNE_EVERY_MILLISECONDS = 3_600_000;
/** Debts that were claimed are to be sent, which takes a request or two. */
const STOP_PATIENCE_MILLISECONDS = 5_000;

interface Watched {
  readonly ledger: Ledger;
  readonly readiness: Readiness;
  readonly log: Log;
}

export interface UpkeepOptions {
  readonly sweeper: Pick<Sweeper, 'run'>;
  readonly transfer: TransferContext;
  readonly workerId: string;
}

/** Its failures are logged where they happen. */
export function startUpkeep(parts: Watched, options: UpkeepOptions): Background {
  const { log } = parts;
  const patienceMilliseconds = STOP_PATIENCE_MILLISECONDS;
  return runInBackground(signal => keepUp(parts, { ...options, signal }), {
    name: 'upkeep',
    patienceMilliseconds,
    clock: systemClock,
    log,
  });
}

/** Until the signal is aborted. */
async function keepUp(
  parts: Watched,
  { signal, sweeper, transfer, workerId }: UpkeepOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const isGivenUp = async (id: string) => isOver(await parts.ledger.findBackfillRow(id));
  const onError = (error: unknown) => parts.log.warn('Upkeep failed; it is tried again.', { error });
  await Promise.all([
    sweeper.run(signal),
    repeat({ everyMilliseconds: TIDY_EVERY_MILLISECONDS, signal, onError }, () =>
      tidyUploads(transfer, { isGivenUp, signal }),
    ),
    repeat({ everyMilliseconds: PRUNE_EVERY_MILLISECONDS, signal, onError }, () =>
      pruneEnded({ ledger: parts.ledger, clock: systemClock }, signal),
    ),
    repeat({ everyMilliseconds: LEDGER_PROBE_EVERY_MILLISECONDS, signal, onError }, () => probeLedger(parts, workerId)),
  ]);
}

/** Nobody wants its work any more; also when it is no longer kept. */
function isOver(backfill: BackfillRow | undefined): boolean {
  return backfill === undefined || !['running', 'paused'].includes(backfill.status);
}

/** Says whether the ledger can be written: while it can't, nothing is received. */
export async function probeLedger({ ledger, readiness, log }: Watched, workerId: string): Promise<void> {
  try {
    await ledger.probe();
    await ledger.heartbeat({ id: workerId, host: hostname() });
    if (!readiness.mayReceive) log.info('The ledger can be written again; messages are received again.');
    readiness.ledger(undefined);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.kind === 'retryable') return; // another process held the lock for long; the next look tells
    log.error('The ledger cannot be written: no message is received until it can.', { error });
    readiness.ledger(error);
  }
}
