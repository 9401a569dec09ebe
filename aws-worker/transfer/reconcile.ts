// Makes the destination's key equal to the source's current one, and says so. The order is a contract; each shortcut has a counterexample:
//   1. look at the destination (or assume that nothing is there: the write then depends on that)
//   2. read the source; every read is pinned to this round's version, never to what a message said
//   3. write on condition that the destination is still as seen
//   4. if that write replaced something, look at the source once more: an ETag cannot see A-B-A at the destination, nor does a skip fence anybody
// Whatever moves in between, and every answer that leaves a write unknown, throws the bytes in hand away and begins the next round.
// Bounded rounds; then `source-keeps-changing` (or the last cause), for the caller to put the key back with a delay.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import { destinationKey } from '../../shared/keys/key-rules.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { afterItSettled, destinationCorrupts, keepsChanging, movedAfterWrite, writeInDoubt } from './moved-errors.ts';
import type { Outcome } from './outcome.ts';
import type { ReconcileRequest } from './reconcile-request.ts';
import { Round } from './round.ts';
import type { TransferContext } from './transfer-context.ts';

/**
 * @throws BridgeError cancelled `write-in-doubt` when the signal aborted after a write was sent: nobody looked at what became of it, so the key must be
 * reconciled once more when it can no longer arrive (REQUEST_SETTLED_SECONDS); else as the ports say
 */
export type Reconcile = (request: ReconcileRequest, options: { readonly signal: AbortSignal }) => Promise<Outcome>;

/** Below it, reading an object again costs less than looking at the destination before each read. */
const ASSUME_EMPTY_MAX_BYTES = 256 * KIBIBYTE;
const MAX_ROUND_BACKOFF_MILLISECONDS = 5_000;

/** Failures that mean "something moved, or nobody knows": the next round begins with a fresh look. */
const LOOK_AGAIN_CODES = [
  'source-changed',
  'source-checksum-mismatch',
  'destination-changed',
  'destination-conflict',
  'destination-unknown',
  'destination-checksum-mismatch',
  'destination-stored-other-bytes',
  'upload-missing',
  'upload-part-invalid',
  'upload-superseded',
];

/** To find them in a large object all of it was moved: once more, and then after a delay. */
const DAMAGED_CODES = ['source-checksum-mismatch', 'destination-checksum-mismatch'];

export function createReconcile(context: TransferContext): Reconcile {
  return async (request, { signal }) => {
    const key = destinationKey(request.key, context.settings);
    const round = new Round(context, request, key, signal);
    try {
      return await runRounds(context, request, { round, signal });
    } catch (error) {
      if (signal.aborted && round.hasSentWrite) throw writeInDoubt(request.key, error);
      throw round.hasUnknownWrite ? afterItSettled(error) : error;
    }
  };
}

async function runRounds(
  context: TransferContext,
  request: ReconcileRequest,
  { round, signal }: { readonly round: Round; readonly signal: AbortSignal },
): Promise<Outcome> {
  let failure: unknown;
  for (let number = 0; number < context.settings.maxRounds; number++) {
    const assumesEmpty = number === 0 && mayAssumeEmpty(request);
    try {
      const outcome = await round.run(assumesEmpty);
      if (outcome !== undefined) return outcome;
      failure = movedAfterWrite(request.key);
      round.failed(failure);
    } catch (error) {
      // A policy may forbid to replace what is equal already, and nobody has looked yet.
      const isBlind = assumesEmpty && hasCode(error, 'destination-access-denied');
      const isDear = number > 0 && round.hasBeenLarge && hasCode(error, ...DAMAGED_CODES);
      if (isDear || (!isBlind && !hasCode(error, ...LOOK_AGAIN_CODES))) return await round.end(error);
      failure = error;
      round.failed(error);
    }
    const base = {
      baseMilliseconds: context.settings.roundBackoffMilliseconds,
      maximumMilliseconds: MAX_ROUND_BACKOFF_MILLISECONDS,
    };
    await context.clock.wait(backoffMilliseconds(number, base), signal);
  }
  if (hasCode(failure, 'destination-stored-other-bytes'))
    return await round.end(destinationCorrupts(failure, request.key));
  throw hasCode(failure, 'source-changed') ? keepsChanging(failure, request.key) : failure;
}

function mayAssumeEmpty(request: ReconcileRequest): boolean {
  if (request.isDestinationEmpty) return true;
  return (
    request.mode === 'live' && request.sizeHintBytes !== undefined && request.sizeHintBytes <= ASSUME_EMPTY_MAX_BYTES
  );
}
