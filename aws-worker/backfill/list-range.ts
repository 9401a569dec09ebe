// Lists one range, page by page, from its checkpoint to its end. Each page is one transaction (cursor, the batches' rows), then the sends, then
// a mark that they were made; whoever holds the range next repeats the sends that aren't marked first, so a crash anywhere loses no batch and
// counts none twice. Pauses while too many batches are unpaid. Any number of workers may hold the same range: the version lets one of them through.
// Waits, and long listings, go round the queue, so that no range holds a slot, or a receipt, for long.
// A retry is a range as well: what it lists is the failure list of its backfill, and what it makes are objects that are owed again.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { BatchObject, RangeMessage } from '../../shared/messages/message.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { RangeRow } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { batchMessage, owedObjectMessage, rangeMessage } from './backfill-message.ts';
import { standingOf } from './backfill-standing.ts';
import { endsListing, pauseBackfill } from './pause-backfill.ts';
import { planBatches } from './plan-batches.ts';
import { whileWanted } from './while-wanted.ts';

const PAGE_OBJECTS = 1000;
/** One write each, in one transaction of at most 100. Only pages of large objects have more; the rest of such a page is listed again. */
const PAGE_BATCHES = 90;
/** Two writes each, in one transaction of at most 100. */
const PAGE_FAILURES = 45;
/** A small backlog is drained meanwhile; longer waits are slept through in the queue. */
const UNPAID_POLL_MILLISECONDS = 250;
const UNPAID_PATIENCE_POLLS = 12;
const UNPAID_DELAY_SECONDS = 10;
/** After so much in one delivery the range hands itself over. */
const DELIVERY_PAGES = 50;
const DELIVERY_MILLISECONDS = 60_000;

interface ListOptions {
  readonly body: string;
  readonly signal: AbortSignal;
}

export async function listRange(
  context: BackfillContext,
  message: RangeMessage,
  options: ListOptions,
): Promise<Disposition> {
  const { backfill, range } = message;
  await context.ledger.touchDebt({ backfill, range });
  const wanted = { debt: { backfill, range }, signal: options.signal, objects: () => [] };
  return await whileWanted(context, wanted, (_, signal) => listPages(context, message, { ...options, signal }));
}

async function listPages(
  context: BackfillContext,
  message: RangeMessage,
  { body, signal }: ListOptions,
): Promise<Disposition> {
  /** Of the batches that this process planned: their messages can name the objects. */
  const objectsByBatch = new Map<string, readonly BatchObject[]>();
  const handOverAt = context.clock.now() + DELIVERY_MILLISECONDS;
  for (let pages = 0; ; pages++) {
    const standing = await standingOf(context, message.backfill);
    if (!standing.goesOn) return standing.disposition;
    const row = await context.ledger.findRange(message);
    if (row === undefined) {
      await context.ledger.completeIfPaid(message.backfill);
      return { kind: 'done' };
    }
    await sendUnsent(context, row, objectsByBatch);
    objectsByBatch.clear();
    const isLong = pages >= DELIVERY_PAGES || context.clock.now() >= handOverAt;
    if (isLong || context.isDraining?.()) return { kind: 'replace', body, delaySeconds: 0 };
    if (!(await hasRoom(context, message.backfill, signal))) {
      return { kind: 'replace', body, delaySeconds: UNPAID_DELAY_SECONDS };
    }
    try {
      if (row.lists === 'failures') await retryPage(context, row);
      else await listPage(context, row, standing.backfill.request.prefix, objectsByBatch, signal);
    } catch (error) {
      if (!endsListing(error)) throw error;
      return await pauseBackfill(context, standing.backfill, { code: error.code, reason: error.message });
    }
  }
}

async function sendUnsent(
  context: BackfillContext,
  row: RangeRow,
  objectsByBatch: ReadonlyMap<string, readonly BatchObject[]>,
): Promise<void> {
  const { batches, ranges, objects } = row.unsent;
  if (batches.length + ranges.length + objects.length === 0) return;
  await context.queue.send([
    ...batches.map(batch => batchMessage(batch, objectsByBatch.get(batch.batch))),
    ...ranges.map(range => rangeMessage(row.backfill, range)),
    ...objects.map(object => owedObjectMessage(object, { attempt: 0, delaySeconds: 0 })),
  ]);
  // False: somebody has gone on already, and this row's checkpoint will meet another version as well.
  await context.ledger.markSent(row);
}

async function hasRoom(context: BackfillContext, backfill: string, signal: AbortSignal): Promise<boolean> {
  for (let poll = 0; poll < UNPAID_PATIENCE_POLLS; poll++) {
    if ((await context.ledger.unpaid(backfill)) < context.settings.maxUnpaid) return true;
    await context.clock.wait(UNPAID_POLL_MILLISECONDS, signal);
  }
  return false;
}

/** Checkpoints one page, or closes the range when nothing is left. Another worker may have been quicker: the caller looks again. */
async function listPage(
  context: BackfillContext,
  row: RangeRow,
  prefix: string,
  objectsByBatch: Map<string, readonly BatchObject[]>,
  signal: AbortSignal,
): Promise<void> {
  const page = await context.listing.list({ prefix, startAfter: row.cursor, limit: PAGE_OBJECTS, signal });
  if (page.objects.length === 0 && page.isTruncated) throw endlessListing();
  const objects = row.to === '' ? page.objects : page.objects.filter(object => compareUtf8(object.key, row.to) <= 0);
  const { maxBatchBytes } = context.settings;
  const planned = planBatches(objects, { from: row.cursor, maxBatchBytes }).slice(0, PAGE_BATCHES);
  const last = planned.at(-1);
  if (last === undefined) {
    await context.ledger.closeRange(row);
    return;
  }
  const batches = planned.map(batch => ({ ...batch, batch: context.newId() }));
  const checkpointed = await context.ledger.checkpointRange({
    backfill: row.backfill,
    range: row.range,
    version: row.version,
    cursor: last.to,
    batches: batches.map(({ from, to, batch, objects: found, bytes }) => ({
      from,
      to,
      batch,
      found: { objects: found.length, bytes },
    })),
  });
  if (checkpointed === undefined) return;
  for (const { batch, objects: found } of batches) objectsByBatch.set(batch, found);
}

/** The next failures leave the list and are owed again; when none is left, the retry is paid. What fails meanwhile behind the cursor stays listed. */
async function retryPage(context: BackfillContext, row: RangeRow): Promise<void> {
  const { backfill, range, version, cursor } = row;
  const failures = await context.ledger.listFailures({ backfill, after: cursor, limit: PAGE_FAILURES });
  if (failures.length === 0) await context.ledger.closeRange(row);
  else await context.ledger.checkpointRetry({ backfill, range, version, batch: context.newId(), failures });
}

function endlessListing(): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'listing-bad-answer',
    message:
      'OSS answered with an empty page and said that more follows. The range is listed again from its checkpoint.',
  });
}
