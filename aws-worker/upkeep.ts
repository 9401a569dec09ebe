// What the worker does beside its messages: repeats what the ledger is owed and nobody works on, ends uploads that nobody goes on with, and finds out
// whether the ledger can be written.

import { hostname } from 'node:os';
import { BridgeError } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';
import type { BackfillContext } from './backfill/backfill-context.ts';
import { sweep } from './backfill/sweep.ts';
import type { Backfill, Ledger } from './ledger/ledger.ts';
import type { Readiness } from './readiness.ts';
import { repeat } from './repeat.ts';
import { tidyUploads } from './transfer/tidy-uploads.ts';
import type { TransferContext } from './transfer/transfer-context.ts';

const SWEEP_EVERY_MILLISECONDS = 60_000;
const TIDY_EVERY_MILLISECONDS = 600_000;
const LEDGER_PROBE_EVERY_MILLISECONDS = 5_000;

interface Watched {
  readonly ledger: Ledger;
  readonly readiness: Readiness;
  readonly log: Log;
}

/** Until the signal is aborted; its failures are logged where they happen. */
export async function keepUp(
  parts: Watched,
  options: {
    readonly backfill: BackfillContext;
    readonly transfer: TransferContext;
    readonly workerId: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { signal, backfill, transfer, workerId } = options;
  const isGivenUp = async (id: string) => isOver(await parts.ledger.findBackfill(id));
  const onError = (error: unknown) => parts.log.warn('Upkeep failed; it is tried again.', { error });
  await Promise.all([
    repeat({ everyMilliseconds: SWEEP_EVERY_MILLISECONDS, signal, onError }, () => sweep(backfill)),
    repeat({ everyMilliseconds: TIDY_EVERY_MILLISECONDS, signal, onError }, () =>
      tidyUploads(transfer, { isGivenUp, signal }),
    ),
    repeat({ everyMilliseconds: LEDGER_PROBE_EVERY_MILLISECONDS, signal, onError }, () => probeLedger(parts, workerId)),
  ]);
}

/** Nobody wants its work any more; also when it is no longer kept. */
function isOver(backfill: Backfill | undefined): boolean {
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
