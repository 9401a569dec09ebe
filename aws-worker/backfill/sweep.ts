// Repeats the messages of debts that are silent: for long (expired, purged, dead-lettered, never sent because of a crash), or since their backfill was
// resumed (they were dropped while it was paused). Harmless when they were only slow: a debt is paid once. Also notices backfills that are paid in
// full but whose last worker crashed, or was paused, before saying so.
// Debts are claimed as sent, then sent. A crash in between leaves them silent for `silentAfterSeconds`; a send that fails gives them back at once.

import type { Debts } from '../ledger/ledger.ts';
import type { BackfillContext } from './backfill-context.ts';
import { batchMessage, owedObjectMessage, rangeMessage } from './backfill-message.ts';

const CLAIM_LIMIT = 100;

/** Ends when nothing is silent any more, or after the messages at hand when the signal aborts. */
export async function sweep(context: BackfillContext, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  const before = new Date(context.clock.date().getTime() - context.settings.silentAfterSeconds * 1000);
  while (options.signal?.aborted !== true) {
    const debts = await context.ledger.claimSilent({ before, limit: CLAIM_LIMIT });
    if (debts.ranges.length + debts.batches.length + debts.objects.length === 0) break;
    await sendAgain(context, debts);
  }
  for (const id of await context.ledger.runningBackfills()) await context.ledger.completeIfPaid(id);
}

/** Nobody knows how often an object was tried before: its tries begin anew. */
async function sendAgain(context: BackfillContext, debts: Debts): Promise<void> {
  const counts = { ranges: debts.ranges.length, batches: debts.batches.length, objects: debts.objects.length };
  try {
    await context.queue.send([
      ...debts.ranges.map(({ backfill, range }) => rangeMessage(backfill, range)),
      ...debts.batches.map(row => batchMessage(row, undefined)),
      ...debts.objects.map(object => owedObjectMessage(object, { attempt: 1, delaySeconds: 0 })),
    ]);
  } catch (error) {
    await context.ledger.giveBack(debts).catch((cause: unknown) => {
      // The failure that matters is the first; they are silent for hours then.
      context.log.warn('Debts that could not be sent could not be given back.', { ...counts, error: cause });
    });
    throw error;
  }
  context.log.info('Debts were silent; their messages were sent again.', counts);
}
