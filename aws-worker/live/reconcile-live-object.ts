// One key that an event named. Nothing is written to the ledger unless it fails for good: its tries are counted in the message, which waits in the queue.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { type BridgeError, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { SQS_MAX_DELAY_SECONDS } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { ObjectMessage } from '../../shared/messages/message.ts';
import { isWaitedOut } from '../../shared/messages/trouble-waits.ts';
import { asObjectFailure } from '../../shared/unforeseen.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Disposition } from '../queue/disposition.ts';
import type { AbandonUpload } from '../transfer/abandon-upload.ts';
import type { Outcome } from '../transfer/outcome.ts';
import type { Reconcile } from '../transfer/reconcile.ts';

export interface LiveContext {
  readonly reconcile: Reconcile;
  readonly abandonUpload?: AbandonUpload;
  readonly ledger: Pick<Ledger, 'recordLiveFailure'>;
  /** The one bucket that is ours. */
  readonly sourceBucket: string;
  readonly maxAttempts: number;
  readonly log: Log;
  readonly clock: Clock;
  /** Told of each object's outcome and of how long after its event it was there, for metrics. */
  readonly onOutcome?: (outcome: Outcome, lagSeconds: number | undefined) => void;
}

const RETRY_BACKOFF = { baseMilliseconds: 10_000, maximumMilliseconds: SQS_MAX_DELAY_SECONDS * 1000 };

export async function reconcileLiveObject(
  context: LiveContext,
  message: ObjectMessage,
  options: { readonly signal: AbortSignal; readonly isRedelivered?: boolean },
): Promise<Disposition> {
  if (message.bucket !== undefined && message.bucket !== context.sourceBucket)
    return foreignBucket(context, message.bucket);
  const log = context.log.with({ sourceKey: message.key });
  try {
    const request = {
      key: message.key,
      sizeHintBytes: message.size,
      mode: 'live',
      backfill: undefined,
      mayHaveUpload: options.isRedelivered ?? false,
      isDestinationEmpty: false,
    } as const;
    const outcome = await context.reconcile(request, options);
    context.onOutcome?.(outcome, lagSeconds(context, message.eventTime));
    const level = outcome.kind === 'unverified' || outcome.kind === 'archived' ? 'warn' : 'debug';
    log[level]('Live object settled.', { outcome: outcome.kind, sizeBytes: outcome.sizeBytes, code: outcome.code });
    return { kind: 'done' };
  } catch (caught) {
    const error = asObjectFailure(caught, { key: message.key, signal: options.signal, log: context.log });
    // An aborted work fails in many ways, none of them the object's own.
    if (options.signal.aborted) throw error;
    const isTrouble = concernsEverything(error);
    if (isKind(error, 'cancelled') || (isTrouble && !isWaitedOut(message))) throw error;
    const attempt = (message.attempt ?? 0) + 1;
    if (error.kind === 'retryable' && !isTrouble && attempt < context.maxAttempts) {
      log.warn('A live object will be tried again.', { attempt, error });
      const delaySeconds = Math.ceil(backoffMilliseconds(attempt - 1, RETRY_BACKOFF, error) / 1000);
      return { kind: 'replace', body: formatMessage({ ...message, attempt }), delaySeconds };
    }
    return await fail(context, message, error);
  }
}

async function fail(context: LiveContext, message: ObjectMessage, error: BridgeError): Promise<Disposition> {
  const { code, message: reason } = error;
  context.log.error('A live object failed for good.', { sourceKey: message.key, error });
  await context.abandonUpload?.({ sourceKey: message.key, backfill: undefined });
  await context.ledger.recordLiveFailure({
    key: message.key,
    sizeBytes: message.size ?? 0,
    code,
    reason,
    at: context.clock.date(),
  });
  context.onOutcome?.({ kind: 'failed', sizeBytes: message.size ?? 0, code, reason }, undefined);
  const { attempt: _, waits: __, again: ___, ...afresh } = message;
  return { kind: 'dead-letter', code, reason, body: formatMessage(afresh) };
}

function foreignBucket(context: LiveContext, bucket: string): Disposition {
  const reason = `The message is about the bucket ${JSON.stringify(bucket)}, this worker copies ${JSON.stringify(context.sourceBucket)} (OSS_BUCKET). Point that bucket's function at a queue of its own.`;
  return { kind: 'dead-letter', code: 'foreign-bucket', reason };
}

function lagSeconds(context: LiveContext, eventTime: string | undefined): number | undefined {
  const at = eventTime === undefined ? Number.NaN : Date.parse(eventTime);
  return Number.isNaN(at) ? undefined : Math.max(0, (context.clock.date().getTime() - at) / 1000);
}
