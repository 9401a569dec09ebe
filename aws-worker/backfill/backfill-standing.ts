import type { Backfill } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';

export const PAUSED_DELAY_SECONDS = 30;

export type Standing =
  | { readonly goesOn: true; readonly backfill: Backfill }
  | {
      readonly goesOn: false;
      /** Cancelled or failed: what its work began is to be ended. */
      readonly isGivenUp: boolean;
      readonly disposition: Disposition;
    };

/** Whether work of this backfill is wanted now; if not, what becomes of its message. */
export async function standingOf(context: BackfillContext, id: string, body: string): Promise<Standing> {
  const backfill = await context.ledger.findBackfill(id);
  if (backfill === undefined) {
    const reason = `The ledger knows no backfill ${JSON.stringify(id)}: the message is of another ledger (LEDGER_URL), or its volume was removed. Start the backfill again with POST /backfill.`;
    return { goesOn: false, isGivenUp: false, disposition: { kind: 'dead-letter', code: 'backfill-unknown', reason } };
  }
  if (backfill.status === 'running') return { goesOn: true, backfill };
  if (backfill.status === 'paused') {
    return {
      goesOn: false,
      isGivenUp: false,
      disposition: { kind: 'replace', body, delaySeconds: PAUSED_DELAY_SECONDS },
    };
  }
  return { goesOn: false, isGivenUp: backfill.status !== 'done', disposition: { kind: 'done' } };
}

/** Ends the uploads that work of a given-up backfill may have begun. Without a size it may be any. */
export async function abandonUploads(
  context: BackfillContext,
  objects: readonly { readonly key: string; readonly size?: number | undefined }[],
): Promise<void> {
  for (const { key, size } of objects) {
    if (size === undefined || size > context.settings.smallestUploadBytes) await context.abandonUpload?.(key);
  }
}
