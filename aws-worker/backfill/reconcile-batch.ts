// Reconciles the keys of one batch, then settles it in one transaction. What failed for reasons of its own and may yet succeed becomes an owed object with
// a message of its own. A failure that may be everybody's (throttling, credentials) makes the message wait if nothing at all succeeded; else the rest of
// the batch becomes owed objects. Denied access to every object pauses the backfill.
// After a crash the batch comes again: copies that were made are found by the backfill's id in their record and count as copied.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import type { BatchMessage, BatchObject } from '../../shared/messages/message.ts';
import { isWaitedOut } from '../../shared/messages/trouble-waits.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { Backfill, SettledObject } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { owedObjectMessage } from './backfill-message.ts';
import { abandonUploads, PAUSED_DELAY_SECONDS, standingOf } from './backfill-standing.ts';
import { sendToDeadLetters } from './dead-letter-object.ts';
import { reconcileObjects, type StillOwed } from './reconcile-objects.ts';
import { RETRY_BACKOFF, TROUBLE_WAIT_MILLISECONDS } from './retry-backoff.ts';

const PAGE_OBJECTS = 1000;
/** Fewer may be keys that a policy denies on purpose. */
const MIN_DENIED_OBJECTS = 20;
const DENIED: readonly (string | undefined)[] = ['source-access-denied', 'destination-access-denied'];

export async function reconcileBatch(
  context: BackfillContext,
  message: BatchMessage,
  options: { readonly body: string; readonly signal: AbortSignal },
): Promise<Disposition> {
  const standing = await standingOf(context, message.backfill, options.body);
  if (!standing.goesOn) {
    if (standing.isGivenUp) await abandonUploads(context, message.objects ?? []);
    return standing.disposition;
  }
  const row = await context.ledger.findBatch(message);
  let owedNow: readonly StillOwed[] = [];
  if (row !== undefined) {
    const { backfill } = standing;
    const objects = message.objects ?? (await listInterval(context, row, backfill, options.signal));
    const { settled, owed, trouble, hasSuccess } = await reconcileObjects(context, { ...options, backfill, objects });
    if (trouble !== undefined && !hasSuccess && !isWaitedOut(message)) throw trouble;
    const denial = denialOfAll(settled, objects.length);
    if (denial !== undefined) return await pause(context, backfill, denial, options.body);
    await sendToDeadLetters(context, settled);
    if ((await context.ledger.settleBatch({ ...row, settled, owed })) === 'settled') {
      for (const object of settled) context.onOutcome?.(object);
    }
    owedNow = owed;
  }
  // Also when somebody was first: they may have crashed between settling and sending.
  await sendOwed(context, message, owedNow);
  await context.ledger.completeIfPaid(message.backfill);
  return { kind: 'done' };
}

/** What was said to the first object, where all of so many were denied in the same way. */
function denialOfAll(settled: readonly SettledObject[], objects: number): SettledObject | undefined {
  const [first] = settled;
  if (objects < MIN_DENIED_OBJECTS || settled.length < objects || !DENIED.includes(first?.code)) return undefined;
  return settled.every(({ code }) => code === first?.code) ? first : undefined;
}

/** Nothing is settled: a policy is mended, and `resume` goes on with the very same objects. */
async function pause(
  context: BackfillContext,
  { id }: Backfill,
  { code, reason }: SettledObject,
  body: string,
): Promise<Disposition> {
  const sentence = `Every object of a batch met ${code}. Mend the policy, then resume the backfill. ${reason}`;
  const isPausedByThis = await context.ledger.changeStatus(id, { from: ['running'], to: 'paused', reason: sentence });
  if (isPausedByThis) context.log.error('A backfill was paused.', { backfill: id, code, reason: sentence });
  return { kind: 'replace', body, delaySeconds: PAUSED_DELAY_SECONDS };
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

/**
 * Those that just failed wait at least as long as their error asks for; after trouble that may be everybody's, those that were not begun wait
 * as long as any message does for it. Of the ones before a crash nobody knows why they failed.
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
      const milliseconds = Math.max(leastMilliseconds, backoffMilliseconds(0, RETRY_BACKOFF, errors.get(object.key)));
      return owedObjectMessage(object, { attempt: 1, delaySeconds: Math.ceil(milliseconds / 1000) });
    }),
  );
}
