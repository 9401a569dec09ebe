// Repeats the messages of debts that were silent for long: expired, purged, dead-lettered, or never sent because of a crash. Harmless when they
// were only slow: a debt is paid once. Also notices backfills that are paid in full but whose last worker crashed before saying so.

import type { BackfillContext } from './backfill-context.ts';
import { batchMessage, owedObjectMessage, rangeMessage } from './backfill-message.ts';

const CLAIM_LIMIT = 100;
const RUNNING_LIMIT = 100;

export async function sweep(context: BackfillContext): Promise<void> {
  const before = new Date(context.clock.date().getTime() - context.settings.silentAfterSeconds * 1000);
  const debts = await context.ledger.claimSilent({ before, limit: CLAIM_LIMIT });
  const messages = [
    ...debts.ranges.map(({ backfill, range }) => rangeMessage(backfill, range)),
    ...debts.batches.map(row => batchMessage(row, undefined)),
    ...debts.objects.map(object => owedObjectMessage(object, { attempt: 1, delaySeconds: 0 })),
  ];
  if (messages.length > 0) {
    context.log.warn('Debts were silent for long; their messages are sent again.', {
      ranges: debts.ranges.length,
      batches: debts.batches.length,
      objects: debts.objects.length,
    });
    await context.queue.send(messages);
  }
  for (const backfill of await context.ledger.listBackfills({ limit: RUNNING_LIMIT })) {
    if (backfill.status === 'running') await context.ledger.completeIfPaid(backfill.id);
  }
}
