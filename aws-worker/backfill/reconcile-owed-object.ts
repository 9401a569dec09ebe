// One object that its batch still owed when it was settled. Its tries are counted in the message; after the last one it counts as failed, is listed,
// and goes to the dead-letter queue.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { type BridgeError, isKind } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { ObjectMessage } from '../../shared/messages/message.ts';
import { isWaitedOut } from '../../shared/messages/trouble-waits.ts';
import { asObjectFailure } from '../../shared/unforeseen.ts';
import type { BackfillRow, OwedObject, SettledObject } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { Outcome } from '../transfer/outcome.ts';
import type { BackfillContext, BackfillWork } from './backfill-context.ts';
import { abandonUploads, standingOf } from './backfill-standing.ts';
import { sendToDeadLetters } from './dead-letter-object.ts';
import { isSuccess } from './failure-runs.ts';
import { lookLater } from './look-later.ts';
import { pauseBackfill, reasonOfRun } from './pause-backfill.ts';
import { RETRY_BACKOFF } from './retry-backoff.ts';
import { whileWanted } from './while-wanted.ts';

type OwedMessage = ObjectMessage & { readonly backfill: string; readonly batch: string };

export async function reconcileOwedObject(
  context: BackfillContext,
  message: OwedMessage,
  { signal, isRedelivered = false }: BackfillWork,
): Promise<Disposition> {
  const standing = await standingOf(context, message.backfill);
  if (!standing.goesOn) {
    if (standing.cancelled !== undefined) await abandonUploads(context, { ...message, objects: [message] });
    if (isRedelivered && (await context.ledger.findOwedObject(message)) === undefined) {
      await lookLater(context, [message.key], 0);
    }
    return standing.disposition;
  }
  const { backfill } = standing;
  const owed = await context.ledger.findOwedObject(message);
  if (owed === undefined) {
    if (isRedelivered) await lookLater(context, [message.key], 0);
    await context.ledger.completeIfPaid(message.backfill);
    return { kind: 'done' };
  }
  const debt = { backfill: owed.backfill, batch: owed.batch, key: owed.key };
  const wanted = { debt, signal, objects: () => [{ key: owed.key, size: owed.sizeBytes }] };
  return await whileWanted(context, wanted, async (inner, workSignal) => {
    let outcome: Outcome;
    try {
      outcome = await reconcile(inner, owed, { backfill, signal: workSignal });
    } catch (caught) {
      const error = asObjectFailure(caught, { key: owed.key, signal: workSignal, log: context.log });
      // An aborted work fails in many ways, none of them the object's own.
      if (workSignal.aborted || isKind(error, 'cancelled')) throw error;
      return await handleFailure(context, { message, owed, backfill, error });
    }
    // A ledger that cannot record the outcome is no failure of the object.
    await settle(context, owed, { key: owed.key, kind: outcome.kind, sizeBytes: outcome.sizeBytes });
    return { kind: 'done' };
  });
}

async function reconcile(
  context: BackfillContext,
  owed: OwedObject,
  { backfill, signal }: { readonly backfill: BackfillRow; readonly signal: AbortSignal },
): Promise<Outcome> {
  const request = {
    key: owed.key,
    sizeHintBytes: owed.sizeBytes,
    mode: backfill.request.mode,
    backfill: backfill.id,
    isDestinationEmpty: false,
  };
  const outcome = await context.reconcile(request, { signal });
  if (isSuccess(outcome)) context.runs.succeeded(backfill);
  return outcome;
}

interface FailedOnce {
  readonly message: OwedMessage;
  readonly owed: OwedObject;
  readonly backfill: BackfillRow;
  readonly error: BridgeError;
}

/** Its own failures are counted in the message, beside its waits; the last one ends it. */
async function handleFailure(context: BackfillContext, failure: FailedOnce): Promise<Disposition> {
  const { message, owed, backfill, error } = failure;
  const isTrouble = concernsEverything(error);
  if (isTrouble && !isWaitedOut(message)) throw error;
  const fields = { sourceKey: owed.key, backfill: owed.backfill, error };
  const attempt = (message.attempt ?? 0) + 1;
  if (error.kind === 'retryable' && !isTrouble && attempt < context.settings.maxAttempts) {
    context.log.warn('An object will be tried again.', { ...fields, attempt });
    const delaySeconds = Math.ceil(backoffMilliseconds(attempt, RETRY_BACKOFF, error) / 1000);
    return { kind: 'replace', body: formatMessage({ ...message, attempt }), delaySeconds };
  }
  const { code, message: reason } = error;
  if (error.kind === 'permanent') context.runs.failed(backfill, { code, reason });
  const run = context.runs.lasting(backfill);
  if (run?.code === code) return await pauseBackfill(context, backfill, { code, reason: reasonOfRun(run) });
  await context.abandonUpload?.({ sourceKey: owed.key, backfill: owed.backfill });
  context.log.error('An object of a backfill failed for good.', fields);
  const failed = { key: owed.key, kind: 'failed', sizeBytes: owed.sizeBytes, code, reason } as const;
  // Another worker's outcome stands where it was first, and nobody is called.
  if ((await context.ledger.findOwedObject(message)) !== undefined) await sendToDeadLetters(context, [failed]);
  await settle(context, owed, failed);
  return { kind: 'done' };
}

async function settle(context: BackfillContext, owed: OwedObject, settled: SettledObject): Promise<void> {
  if ((await context.ledger.settleObject(owed, settled)) === 'settled') context.onOutcome?.(settled);
  await context.ledger.completeIfPaid(owed.backfill);
}
