// Work of a backfill that stops, within seconds, when the backfill is paused or cancelled. Its message is dropped then, as one that meets a paused
// backfill is. Paused: uploads keep their parts, and the copies that were made are found again. Cancelled: the uploads are ended.
// A write that was sent before the stop may still arrive, over what somebody else does to the key meanwhile, where the destination goes A-B-A; so the key
// is looked at once more, as that of an event, when the write has landed or died. That look counts nowhere.

import { hasCode } from '../../shared/bridge-error.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { abandonUploads, type NamedObject } from './backfill-standing.ts';

interface Wanted {
  readonly backfill: string;
  readonly signal: AbortSignal;
  /** What the work may have begun to upload; asked when the backfill was cancelled. */
  readonly objects: () => readonly NamedObject[];
}

export async function whileWanted(
  context: BackfillContext,
  { backfill, signal, objects }: Wanted,
  work: (context: BackfillContext, signal: AbortSignal) => Promise<Disposition>,
): Promise<Disposition> {
  const inDoubt = new Set<string>();
  const noting = withDoubtsNoted(context, inDoubt);
  try {
    return await context.watch.during(backfill, signal, workSignal => work(noting, workSignal));
  } catch (error) {
    if (!hasCode(error, 'backfill-paused', 'backfill-cancelled')) throw error;
    if (error.code === 'backfill-cancelled') await abandonUploads(context, objects());
    await lookLater(context, inDoubt);
    context.log.info('Work was stopped.', { backfill, code: error.code });
    return { kind: 'done' };
  }
}

function withDoubtsNoted(context: BackfillContext, inDoubt: Set<string>): BackfillContext {
  return {
    ...context,
    reconcile: async (request, options) => {
      try {
        return await context.reconcile(request, options);
      } catch (error) {
        if (hasCode(error, 'write-in-doubt')) inDoubt.add(request.key);
        throw error;
      }
    },
  };
}

async function lookLater(context: BackfillContext, keys: ReadonlySet<string>): Promise<void> {
  if (keys.size === 0) return;
  await context.queue.send(
    [...keys].map(key => ({ body: formatMessage({ key }), delaySeconds: REQUEST_SETTLED_SECONDS })),
  );
}
