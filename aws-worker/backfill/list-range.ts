// Lists one range, page by page, from its checkpoint to its end. Each page is one transaction (cursor, the batches' rows), then the sends, then
// a mark that they were made; whoever holds the range next repeats the sends that aren't marked first, so a crash anywhere loses no batch and
// counts none twice. Pauses while too many batches are unpaid. Any number of workers may hold the same range: the version lets one of them through.
// Waits, and long listings, go round the queue, so that no range holds a slot, or a receipt, for long.

import { BridgeError } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import type { BatchObject, RangeMessage } from '../../shared/messages/message.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { RangeRow } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { batchMessage, debtMessages } from './backfill-message.ts';
import { standingOf } from './backfill-standing.ts';
import { planBatches } from './plan-batches.ts';

const PAGE_OBJECTS = 1000;
/** A small backlog is drained meanwhile; longer waits are slept through in the queue. */
const UNPAID_POLL_MILLISECONDS = 250;
const UNPAID_PATIENCE_POLLS = 12;
const UNPAID_DELAY_SECONDS = 10;
/** After so much in one delivery the range hands itself over. */
const DELIVERY_PAGES = 50;
const DELIVERY_MILLISECONDS = 60_000;
/** Until somebody has looked at an error that time doesn't mend. */
const PAUSED_DELAY_SECONDS = 30;

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
  try {
    return await listPages(context, message, options);
  } catch (error) {
    const isOfSource = error instanceof BridgeError && /^(source|listing)-/.test(error.code);
    if (!isOfSource || error.kind !== 'permanent' || concernsEverything(error)) throw error;
    await pauseFor(context, backfill, error);
    return { kind: 'replace', body: options.body, delaySeconds: PAUSED_DELAY_SECONDS };
  }
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
    const standing = await standingOf(context, message.backfill, body);
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
    await listPage(context, row, standing.backfill.request.prefix, objectsByBatch, signal);
  }
}

async function sendUnsent(
  context: BackfillContext,
  row: RangeRow,
  objectsByBatch: ReadonlyMap<string, readonly BatchObject[]>,
): Promise<void> {
  if (row.unsent.batches.length + row.unsent.ranges.length === 0) return;
  const batches = row.unsent.batches.map(batch => batchMessage(batch, objectsByBatch.get(batch.batch)));
  await context.queue.send([...batches, ...debtMessages(row.backfill, { batches: [], ranges: row.unsent.ranges })]);
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
  const last = objects.at(-1);
  if (last === undefined) {
    await context.ledger.closeRange(row);
    return;
  }
  const planned = planBatches(objects, { from: row.cursor, maxBatchBytes: context.settings.maxBatchBytes });
  const batches = planned.map(batch => ({ ...batch, batch: context.newId() }));
  const checkpointed = await context.ledger.checkpointRange({
    backfill: row.backfill,
    range: row.range,
    version: row.version,
    cursor: last.key,
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

/** The range's message waits with the backfill, so that resuming it goes on from the checkpoint. */
async function pauseFor(context: BackfillContext, backfill: string, error: BridgeError): Promise<void> {
  const change = { from: ['running'], to: 'paused', reason: error.message } as const;
  if (await context.ledger.changeStatus(backfill, change)) {
    context.log.error('The backfill was paused: its source cannot be listed.', { backfill, error });
  }
}

function endlessListing(): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'listing-bad-answer',
    message:
      'OSS answered with an empty page and said that more follows. The range is listed again from its checkpoint.',
  });
}
