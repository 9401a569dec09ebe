import { BridgeError } from '../../shared/bridge-error.ts';
import type { Backfill, BackfillMode } from '../ledger/ledger.ts';
import type { BackfillContext } from './backfill-context.ts';
import { rangeMessage } from './backfill-message.ts';

export interface StartBackfill {
  /** Defaults to OSS_PREFIX. */
  readonly prefix?: string;
  readonly mode?: BackfillMode;
  readonly force?: boolean;
  readonly idempotencyKey?: string;
}

/**
 * Starts a backfill, or finds the one that this request means. Its range is owed by the ledger before it is sent, so a crash in between,
 * or a queue that doesn't answer, only delays it: the sweeper sends it.
 * @throws BridgeError permanent `prefix-outside-source`, `idempotency-key-reused`
 */
export async function startBackfill(
  context: BackfillContext,
  start: StartBackfill,
): Promise<{ readonly backfill: Backfill; readonly isNew: boolean }> {
  const { sourcePrefix } = context.settings;
  const prefix = start.prefix ?? sourcePrefix;
  if (!prefix.startsWith(sourcePrefix)) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'prefix-outside-source',
      message: `prefix must begin with ${JSON.stringify(sourcePrefix)}, which is this worker's OSS_PREFIX.`,
    });
  }
  const { backfill, isNew, range } = await context.ledger.startBackfill({
    request: { prefix, mode: start.mode ?? 'missing' },
    force: start.force ?? false,
    idempotencyKey: start.idempotencyKey,
  });
  if (isNew) context.log.info('Backfill started.', { backfill: backfill.id, prefix, mode: backfill.request.mode });
  if (isNew || isUnbegun(backfill)) {
    try {
      await context.queue.send([rangeMessage(backfill.id, range)]);
    } catch (error) {
      context.log.warn('The backfill is recorded, but its first message could not be sent; it will be sent again.', {
        backfill: backfill.id,
        error,
      });
    }
  }
  return { backfill, isNew };
}

/** Whoever asked for it may have died before its first message was sent; once more does no harm. */
function isUnbegun({ status, counts }: Backfill): boolean {
  return status === 'running' && counts.found.objects === 0 && counts.openRanges > 0;
}
