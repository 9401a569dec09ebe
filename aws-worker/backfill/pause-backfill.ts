// A backfill that meets what only a person can mend pauses itself. Nothing that it owes is settled, so `resume` goes on with the very same objects.

import { BridgeError } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import type { BackfillRow } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { BackfillContext } from './backfill-context.ts';
import type { FailureRun } from './failure-runs.ts';

/**
 * What becomes of the message that met it: dropped, like all of a paused backfill. Also when somebody else was first, or it was resumed meanwhile:
 * then its debt is silent, and a new message comes.
 */
export async function pauseBackfill(
  context: BackfillContext,
  { id, resumes }: BackfillRow,
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<Disposition> {
  const change = { from: ['running'], to: 'paused', reason, resumes } as const;
  if (await context.ledger.changeStatus(id, change)) {
    context.log.error('A backfill was paused.', { backfill: id, code, reason });
  }
  return { kind: 'done' };
}

/** The source cannot be listed until somebody mends it. */
export function endsListing(error: unknown): error is BridgeError {
  const isOfSource = error instanceof BridgeError && /^(source|listing)-/.test(error.code);
  return isOfSource && error.kind === 'permanent' && !concernsEverything(error);
}

export function reasonOfRun({ code, reason, objects }: FailureRun): string {
  return `${objects} objects in a row met ${code}. ${reason} Mend it, then resume the backfill: it goes on with these. Where some had failed before it paused, retry-failed brings them back.`;
}
