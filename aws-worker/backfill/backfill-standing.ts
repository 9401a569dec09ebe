// Whether a backfill wants the work that a message asks for, and what becomes of the message when it doesn't. In the middle of work: while-wanted.ts.
// A message of a paused backfill is dropped: its debt stays in the ledger, and whoever resumes the backfill makes every debt silent in the same
// transaction, so that the sweeper sends a new message for each. Whatever happens to the old message, before or after, loses and adds nothing.

import type { BackfillRow } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';

export type Standing =
  | { readonly goesOn: true; readonly backfill: BackfillRow }
  | {
      readonly goesOn: false;
      /** The backfill, where it is cancelled: what its work began is to be ended. */
      readonly cancelled: BackfillRow | undefined;
      readonly disposition: Disposition;
    };

/** Whether work of this backfill is wanted now; if not, what becomes of its message. */
export async function standingOf(context: BackfillContext, id: string): Promise<Standing> {
  const backfill = await context.ledger.findBackfillRow(id);
  if (backfill === undefined) {
    const reason = `The ledger knows no backfill ${JSON.stringify(id)}: the message is of another ledger (LEDGER_URL), or its volume was removed. Start the backfill again with POST /backfill.`;
    return {
      goesOn: false,
      cancelled: undefined,
      disposition: { kind: 'dead-letter', code: 'backfill-unknown', reason },
    };
  }
  if (backfill.status === 'running') return { goesOn: true, backfill };
  return {
    goesOn: false,
    cancelled: backfill.status === 'cancelled' ? backfill : undefined,
    disposition: { kind: 'done' },
  };
}

export interface NamedObject {
  readonly key: string;
  readonly size?: number | undefined;
}

/** Ends the uploads that work of this backfill, which is cancelled, may have begun. Without a size it may be any. */
export async function abandonUploads(
  context: BackfillContext,
  { backfill, objects }: { readonly backfill: string; readonly objects: readonly NamedObject[] },
): Promise<void> {
  for (const { key, size } of objects) {
    if (size !== undefined && size <= context.settings.smallestUploadBytes) continue;
    await context.abandonUpload?.({ sourceKey: key, backfill });
  }
}
