// Work of a backfill that stops, within seconds, when the backfill is paused or cancelled. Its message is dropped then, as one that meets a paused
// backfill is. Paused: uploads keep their parts, and the copies that were made are found again. Cancelled: the uploads are ended.
// A write that was sent before the work ended, by this or any other abort, may still arrive, over what somebody else does to the key meanwhile. The copy of
// the message does not help then: others may have paid the debt, or nobody wants it any more. So the key itself is looked at once more, when the write has
// landed or died (look-later.ts).

import { hasCode } from '../../shared/bridge-error.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import type { DebtId } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import { abandonUploads, type NamedObject } from './backfill-standing.ts';
import { lookLater } from './look-later.ts';

interface Wanted {
  /** What the work is to pay. */
  readonly debt: DebtId;
  readonly signal: AbortSignal;
  /** What the work may have begun to upload; asked when the backfill was cancelled. */
  readonly objects: () => readonly NamedObject[];
}

export async function whileWanted(
  context: BackfillContext,
  { debt, signal, objects }: Wanted,
  work: (context: BackfillContext, signal: AbortSignal) => Promise<Disposition>,
): Promise<Disposition> {
  const { backfill } = debt;
  const inDoubt = new Set<string>();
  const noting = withDoubtsNoted(context, inDoubt);
  try {
    return await context.watch.during(debt, signal, workSignal => work(noting, workSignal));
  } catch (error) {
    if (!hasCode(error, 'backfill-paused', 'backfill-cancelled')) {
      await tryToLookLater(context, inDoubt);
      throw error;
    }
    if (error.code === 'backfill-cancelled') await abandonUploads(context, { backfill, objects: objects() });
    await lookLater(context, inDoubt, REQUEST_SETTLED_SECONDS);
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

/** Why the work ended says what becomes of its message, whether or not this succeeds. */
async function tryToLookLater(context: BackfillContext, keys: ReadonlySet<string>): Promise<void> {
  try {
    await lookLater(context, keys, REQUEST_SETTLED_SECONDS);
  } catch (error) {
    context.log.error(
      'Keys whose write may still be on its way could not be queued; an audit will show whether they differ.',
      {
        sourceKeys: [...keys],
        error,
      },
    );
  }
}
