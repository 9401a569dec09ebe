// Reconciles the keys of one batch, then settles it in one transaction. What failed for reasons of its own and may yet succeed becomes an owed object with
// a message of its own; a failure that would meet every object (throttling, credentials) ends the attempt, and the message waits.
// After a crash the batch comes again: copies that were made are found by the backfill's id in their record and count as copied.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import type { BatchMessage, BatchObject } from '../../shared/messages/message.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { Backfill, OwedObject, SettledObject } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { owedObjectMessage } from './backfill-message.ts';
import { standingOf } from './backfill-standing.ts';
import { sendToDeadLetters } from './dead-letter-object.ts';
import { RETRY_BACKOFF } from './retry-backoff.ts';

const PAGE_OBJECTS = 1000;

export async function reconcileBatch(
  context: BackfillContext,
  message: BatchMessage,
  options: { readonly body: string; readonly signal: AbortSignal },
): Promise<Disposition> {
  const standing = await standingOf(context, message.backfill, options.body);
  if (!standing.goesOn) {
    // Cancelled, most likely: a large object travels alone, and its upload may have been begun.
    const only = message.objects?.length === 1 ? message.objects[0] : undefined;
    if (standing.disposition.kind === 'done' && only !== undefined) await context.abandonUpload?.(only.key);
    return standing.disposition;
  }
  const row = await context.ledger.findBatch(message);
  if (row !== undefined) {
    const objects = message.objects ?? (await listInterval(context, row, standing.backfill, options.signal));
    const { settled, owed } = await reconcileAll(context, standing.backfill, objects, options.signal);
    const { backfill, batch } = row;
    if ((await context.ledger.settleBatch({ backfill, batch, settled, owed })) === 'settled') {
      for (const object of settled) context.onOutcome?.(object);
      await sendToDeadLetters(context, settled);
    }
  }
  // Also when somebody was first: they may have crashed between settling and sending.
  await sendOwed(context, await context.ledger.owedObjectsOf(message));
  await context.ledger.completeIfPaid(message.backfill);
  return { kind: 'done' };
}

async function reconcileAll(
  context: BackfillContext,
  backfill: Backfill,
  objects: readonly BatchObject[],
  signal: AbortSignal,
): Promise<{ settled: readonly SettledObject[]; owed: readonly { key: string; sizeBytes: number }[] }> {
  const settled: SettledObject[] = [];
  const owed: { key: string; sizeBytes: number }[] = [];
  const limit = context.settings.maxConcurrentObjects;
  await forEachConcurrently(objects, { limit, signal }, async (object, objectSignal) => {
    try {
      const request = {
        key: object.key,
        sizeHintBytes: object.size,
        mode: backfill.request.mode,
        backfill: backfill.id,
        isDestinationEmpty: object.dest === null,
      };
      const outcome = await context.reconcile(request, { signal: objectSignal });
      settled.push({ key: object.key, kind: outcome.kind, sizeBytes: outcome.sizeBytes });
    } catch (error) {
      // An aborted work fails in many ways, none of them the object's own.
      if (objectSignal.aborted || !(error instanceof BridgeError)) throw error;
      if (isKind(error, 'cancelled') || concernsEverything(error)) throw error;
      if (error.kind === 'retryable') {
        context.log.warn('An object of a batch will be tried again.', {
          sourceKey: object.key,
          backfill: backfill.id,
          error,
        });
        owed.push({ key: object.key, sizeBytes: object.size });
      } else {
        settled.push({
          key: object.key,
          kind: 'failed',
          sizeBytes: object.size,
          code: error.code,
          reason: error.message,
        });
      }
    }
  });
  return { settled, owed };
}

/** The keys of (from, to] as they are now. */
async function listInterval(
  context: BackfillContext,
  interval: { readonly from: string; readonly to: string },
  backfill: Backfill,
  signal: AbortSignal,
): Promise<readonly BatchObject[]> {
  const objects: BatchObject[] = [];
  for (let startAfter = interval.from; ; ) {
    const page = await context.listing.list({
      prefix: backfill.request.prefix,
      startAfter,
      limit: PAGE_OBJECTS,
      signal,
    });
    const inside = page.objects.filter(object => interval.to === '' || compareUtf8(object.key, interval.to) <= 0);
    objects.push(...inside.map(({ key, sizeBytes, etag }) => ({ key, size: sizeBytes, etag })));
    const last = page.objects.at(-1);
    if (last === undefined || !page.isTruncated || inside.length < page.objects.length) return objects;
    startAfter = last.key;
  }
}

function sendOwed(context: BackfillContext, owed: readonly OwedObject[]): Promise<void> {
  return context.queue.send(
    owed.map(object =>
      owedObjectMessage(object, { attempt: 1, delaySeconds: Math.ceil(backoffMilliseconds(0, RETRY_BACKOFF) / 1000) }),
    ),
  );
}
