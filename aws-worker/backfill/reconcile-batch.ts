// Reconciles the keys of one batch, then settles it in one transaction. What failed for reasons of its own and may yet succeed becomes an owed object with
// a message of its own. A failure that may be everybody's (throttling, credentials) makes the message wait if nothing at all succeeded; else the rest of
// the batch becomes owed objects. Where its interval cannot be listed until somebody mends it, or the batch ends a long run of objects that all failed in the same way, nothing is settled: the backfill is paused.
// After a crash, or a pause, the batch comes again: copies that were made are found by the backfill's id in their record and count as copied.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import type { BatchMessage, BatchObject } from '../../shared/messages/message.ts';
import { isWaitedOut } from '../../shared/messages/trouble-waits.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { BackfillRow, BatchRow, SettledObject } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext, BackfillWork } from './backfill-context.ts';
import { owedObjectMessage } from './backfill-message.ts';
import { abandonUploads, standingOf } from './backfill-standing.ts';
import { sendToDeadLetters } from './dead-letter-object.ts';
import type { FailureRun } from './failure-runs.ts';
import { lookLater } from './look-later.ts';
import { endsListing, pauseBackfill, reasonOfRun } from './pause-backfill.ts';
import { reconcileObjects, type StillOwed } from './reconcile-objects.ts';
import { RETRY_BACKOFF, TROUBLE_WAIT_MILLISECONDS } from './retry-backoff.ts';
import { whileWanted } from './while-wanted.ts';

const PAGE_OBJECTS = 1000;

export async function reconcileBatch(
  context: BackfillContext,
  message: BatchMessage,
  { signal, isRedelivered = false }: BackfillWork,
): Promise<Disposition> {
  const standing = await standingOf(context, message.backfill);
  if (!standing.goesOn) {
    if (standing.cancelled !== undefined) await abandonBatch(context, message, { ...standing, signal });
    if (isRedelivered && (await context.ledger.findBatch(message)) === undefined) {
      await lookLater(context, keysOf(message.objects ?? []), 0);
    }
    return standing.disposition;
  }
  const { backfill } = standing;
  const row = await context.ledger.findBatch(message);
  if (row === undefined) {
    if (isRedelivered) {
      const paid = message.objects ?? (await listInterval(context, message, backfill, signal));
      await lookLater(context, keysOf(paid), 0);
    }
    return await finish(context, message, []);
  }
  let objects: readonly BatchObject[] = [];
  const debt = { backfill: row.backfill, batch: row.batch };
  const wanted = { debt, signal, objects: () => objects };
  return await whileWanted(context, wanted, async (inner, workSignal) => {
    try {
      objects = objectsOf(message, row) ?? (await listInterval(inner, row, backfill, workSignal));
    } catch (error) {
      if (!endsListing(error)) throw error;
      return await pauseBackfill(inner, backfill, { code: error.code, reason: error.message });
    }
    return await settleObjects(inner, { message, row, backfill, objects, signal: workSignal });
  });
}

async function settleObjects(
  context: BackfillContext,
  batch: {
    readonly message: BatchMessage;
    readonly row: BatchRow;
    readonly backfill: BackfillRow;
    readonly objects: readonly BatchObject[];
    readonly signal: AbortSignal;
  },
): Promise<Disposition> {
  const { message, row, backfill } = batch;
  const { settled, owed, trouble, hasSuccess } = await reconcileObjects(context, batch);
  if (trouble !== undefined && !hasSuccess && !isWaitedOut(message)) throw trouble;
  const run = runThatEndsHere(context, backfill, settled);
  if (run !== undefined) return await pauseBackfill(context, backfill, { code: run.code, reason: reasonOfRun(run) });
  await sendToDeadLetters(context, settled);
  if ((await context.ledger.settleBatch({ ...row, settled, owed })) === 'settled') {
    for (const object of settled) context.onOutcome?.(object);
  }
  return await finish(context, message, owed);
}

function runThatEndsHere(
  context: BackfillContext,
  backfill: BackfillRow,
  settled: readonly SettledObject[],
): FailureRun | undefined {
  const run = context.runs.lasting(backfill);
  return settled.some(({ kind, code }) => kind === 'failed' && code === run?.code) ? run : undefined;
}

/** Also when somebody else settled it: they may have crashed between settling and sending. */
async function finish(
  context: BackfillContext,
  message: BatchMessage,
  owedNow: readonly StillOwed[],
): Promise<Disposition> {
  await sendOwed(context, message, owedNow);
  await context.ledger.completeIfPaid(message.backfill);
  return { kind: 'done' };
}

/** What the message names, if that is all that its row counts: of those that it left out nobody would say that they are missing. */
function objectsOf({ objects }: BatchMessage, { found }: BatchRow): readonly BatchObject[] | undefined {
  return objects?.length === found.objects ? objects : undefined;
}

function keysOf(objects: readonly BatchObject[]): readonly string[] {
  return objects.map(({ key }) => key);
}

/** Ends the uploads that the batch of a cancelled backfill may have begun. */
async function abandonBatch(
  context: BackfillContext,
  message: BatchMessage,
  { cancelled, signal }: { readonly cancelled: BackfillRow | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { backfill, objects } = message;
  if (objects !== undefined) return await abandonUploads(context, { backfill, objects });
  const row = await context.ledger.findBatch(message);
  if (row === undefined || cancelled === undefined) return;
  try {
    await abandonUploads(context, { backfill, objects: await listInterval(context, row, cancelled, signal) });
  } catch (error) {
    if (signal.aborted || !(error instanceof BridgeError)) throw error;
    // The janitor ends what is left.
    context.log.warn('The uploads of a cancelled batch could not be looked for.', { ...message, error });
  }
}

/** The keys of (from, to] as they are now. */
async function listInterval(
  context: BackfillContext,
  interval: { readonly from: string; readonly to: string },
  backfill: BackfillRow,
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

/**
 * Those that just failed wait at least as long as their error asks for; after trouble that may be everybody's, those that were not begun wait
 * as long as any message does for it. One that met such trouble takes the waits of its batch along, so that it ends when they do. Of the ones before
 * a crash nobody knows why they failed.
 */
async function sendOwed(
  context: BackfillContext,
  message: BatchMessage,
  failures: readonly StillOwed[],
): Promise<void> {
  const errors = new Map(failures.map(({ key, error }) => [key, error]));
  const leastMilliseconds = failures.some(({ error }) => concernsEverything(error)) ? TROUBLE_WAIT_MILLISECONDS : 0;
  const owed = await context.ledger.owedObjectsOf(message);
  await context.queue.send(
    owed.map(object => {
      const error = errors.get(object.key);
      const milliseconds = Math.max(leastMilliseconds, backoffMilliseconds(0, RETRY_BACKOFF, error));
      const waits = concernsEverything(error) ? message.waits : undefined;
      return owedObjectMessage(object, { attempt: 1, waits, delaySeconds: Math.ceil(milliseconds / 1000) });
    }),
  );
}
