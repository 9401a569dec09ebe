// Keys that are to be looked at once more, as those of events, because a write of them may have arrived after everybody's last look, where the destination
// goes A-B-A. That look counts nowhere, and belongs to no backfill: it takes place whatever becomes of one.

import { formatMessage } from '../../shared/messages/format-message.ts';
import type { BackfillContext } from './backfill-context.ts';

export async function lookLater(
  { queue }: Pick<BackfillContext, 'queue'>,
  keys: Iterable<string>,
  delaySeconds: number,
): Promise<void> {
  const messages = [...keys].map(key => ({ body: formatMessage({ key }), delaySeconds }));
  if (messages.length > 0) await queue.send(messages);
}
