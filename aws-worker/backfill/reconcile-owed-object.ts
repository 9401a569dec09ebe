// One object that its batch still owed when it was settled. Its tries are counted in the message; after the last one it counts as failed, is listed,
// and goes to the dead-letter queue.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { ObjectMessage } from '../../shared/messages/message.ts';
import { isWaitedOut } from '../../shared/messages/trouble-waits.ts';
import type { OwedObject, SettledObject } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { abandonUploads, standingOf } from './backfill-standing.ts';
import { sendToDeadLetters } from './dead-letter-object.ts';
import { RETRY_BACKOFF } from './retry-backoff.ts';

type OwedMessage = ObjectMessage & { readonly backfill: string; readonly batch: string };

export async function reconcileOwedObject(
  context: BackfillContext,
  message: OwedMessage,
  options: { readonly body: string; readonly signal: AbortSignal },
): Promise<Disposition> {
  const standing = await standingOf(context, message.backfill, options.body);
  if (!standing.goesOn) {
    if (standing.isGivenUp) await abandonUploads(context, [message]);
    return standing.disposition;
  }
  const owed = await context.ledger.findOwedObject(message);
  if (owed === undefined) {
    await context.ledger.completeIfPaid(message.backfill);
    return { kind: 'done' };
  }
  try {
    const request = {
      key: owed.key,
      sizeHintBytes: owed.sizeBytes,
      mode: standing.backfill.request.mode,
      backfill: message.backfill,
      isDestinationEmpty: false,
    };
    const outcome = await context.reconcile(request, { signal: options.signal });
    await settle(context, owed, { key: owed.key, kind: outcome.kind, sizeBytes: outcome.sizeBytes });
    return { kind: 'done' };
  } catch (error) {
    // An aborted work fails in many ways, none of them the object's own.
    if (options.signal.aborted || !(error instanceof BridgeError)) throw error;
    const isTrouble = concernsEverything(error);
    if (isKind(error, 'cancelled') || (isTrouble && !isWaitedOut(message))) throw error;
    const attempt = (message.attempt ?? 0) + 1;
    if (error.kind === 'retryable' && !isTrouble && attempt < context.settings.maxAttempts) {
      context.log.warn('An object will be tried again.', {
        sourceKey: owed.key,
        backfill: owed.backfill,
        attempt,
        error,
      });
      const delaySeconds = Math.ceil(backoffMilliseconds(attempt, RETRY_BACKOFF, error) / 1000);
      return { kind: 'replace', body: formatMessage({ ...message, attempt }), delaySeconds };
    }
    const { code, message: reason } = error;
    await context.abandonUpload?.(owed.key);
    context.log.error('An object of a backfill failed for good.', {
      sourceKey: owed.key,
      backfill: owed.backfill,
      error,
    });
    const failed = { key: owed.key, kind: 'failed', sizeBytes: owed.sizeBytes, code, reason } as const;
    // Another worker's outcome stands where it was first, and nobody is called.
    if ((await context.ledger.findOwedObject(message)) !== undefined) await sendToDeadLetters(context, [failed]);
    await settle(context, owed, failed);
    return { kind: 'done' };
  }
}

async function settle(context: BackfillContext, owed: OwedObject, settled: SettledObject): Promise<void> {
  if ((await context.ledger.settleObject(owed, settled)) === 'settled') context.onOutcome?.(settled);
  await context.ledger.completeIfPaid(owed.backfill);
}
