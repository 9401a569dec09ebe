// From a queue message to its work, and from a failure to what becomes of the message: the one place where error kinds turn into dispositions.

import { backoffMilliseconds } from '../shared/backoff.ts';
import { BridgeError, cancelledBy, hasCode } from '../shared/bridge-error.ts';
import { concernsEverything } from '../shared/error-scope.ts';
import { REQUEST_SETTLED_SECONDS } from '../shared/limits.ts';
import type { Log } from '../shared/log.ts';
import { formatMessage } from '../shared/messages/format-message.ts';
import type { Message } from '../shared/messages/message.ts';
import { parseMessage } from '../shared/messages/parse-message.ts';
import { waitedOnceMore } from '../shared/messages/trouble-waits.ts';
import { workedOnBefore } from '../shared/messages/worked-on-before.ts';
import type { BackfillContext, BackfillWork } from './backfill/backfill-context.ts';
import { listRange } from './backfill/list-range.ts';
import { reconcileBatch } from './backfill/reconcile-batch.ts';
import { reconcileOwedObject } from './backfill/reconcile-owed-object.ts';
import { TROUBLE_WAIT_MILLISECONDS } from './backfill/retry-backoff.ts';
import { type LiveContext, reconcileLiveObject } from './live/reconcile-live-object.ts';
import type { Disposition } from './queue/disposition.ts';
import type { ReceivedMessage } from './queue/message-queue.ts';
import { SHORTEST_RELEASE_SECONDS } from './queue/release-delay.ts';
import type { Outcome } from './transfer/outcome.ts';
import type { Reconcile } from './transfer/reconcile.ts';

export interface MessageContext {
  readonly live: LiveContext;
  readonly backfill: BackfillContext;
  readonly log: Log;
  /** Told of failures that meet every object, and of work that went well, so that /readyz can say what is wrong. */
  readonly onTrouble: (error: BridgeError | undefined) => void;
}

export type HandleMessage = (
  message: ReceivedMessage,
  options: { readonly signal: AbortSignal },
) => Promise<Disposition>;

/** As much again by chance, so that a fleet does not return together. */
const TROUBLE_BACKOFF = { baseMilliseconds: TROUBLE_WAIT_MILLISECONDS, maximumMilliseconds: TROUBLE_WAIT_MILLISECONDS };
/** For so long after others went well here, trouble is not everybody's. */
const OTHERS_SUCCEED_MILLISECONDS = 600_000;

/** Trouble that may be one key's alone: a lasting 500, a website's rule for it. The others are always everybody's. */
const MAY_BE_ONE_KEYS = [
  'source-unavailable',
  'source-unreachable',
  'source-redirected',
  'source-not-oss',
  'source-cached',
  'destination-unavailable',
  'destination-unknown',
  'destination-not-s3',
];

export function createHandleMessage(outer: MessageContext): HandleMessage {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let foundEqualAt = Number.NEGATIVE_INFINITY;
  const milliseconds = () => outer.live.clock.now();
  const context = withOutcomesNoted(outer, ({ kind, isWritten = false }) => {
    if (kind === 'skipped') foundEqualAt = milliseconds();
    if (!isWritten) return;
    writtenAt = milliseconds();
    outer.onTrouble(undefined);
  });
  /** Two looks that went well say nothing of writes. */
  const othersSucceed = (error: unknown): boolean => {
    if (!hasCode(error, ...MAY_BE_ONE_KEYS)) return false;
    const successAt = error.code.startsWith('source-') ? Math.max(writtenAt, foundEqualAt) : writtenAt;
    return milliseconds() - successAt < OTHERS_SUCCEED_MILLISECONDS;
  };
  return async (received, { signal }) => {
    const { body } = received;
    let parsed: Message | undefined;
    try {
      parsed = parseMessage(body);
      const isRedelivered = received.receiveCount > 1 || (parsed.kind !== 'range' && parsed.message.again === true);
      return await putBack(await work(context, parsed, { body, signal, isRedelivered }), parsed);
    } catch (error) {
      // An abort ends in many errors (a broken request, an unknown write); what counts is why it was aborted.
      const isOfAbort = signal.aborted && error instanceof BridgeError && error.kind !== 'permanent';
      const waiting = () =>
        parsed === undefined ? body : bodyOfWait(parsed, { body, othersSucceed: othersSucceed(error) });
      const disposition = isOfAbort
        ? dispositionOfAbort(cancelledBy(signal), { body, isInDoubt: hasCode(error, 'write-in-doubt') })
        : dispositionOf(context, error, { body, waiting });
      return await putBack(disposition, parsed);
    }
  };

  async function putBack(disposition: Disposition, parsed: Message | undefined): Promise<Disposition> {
    if (disposition.kind !== 'replace' || parsed === undefined) return disposition;
    // What was decided stands: a debt that seems silent is only sent for again.
    await touch(context, parsed).catch(() => undefined);
    return { ...disposition, body: workedOnBefore(disposition.body) };
  }
}

function withOutcomesNoted(context: MessageContext, note: (outcome: Outcome) => void): MessageContext {
  const noting =
    (reconcile: Reconcile): Reconcile =>
    async (request, options) => {
      const outcome = await reconcile(request, options);
      note(outcome);
      return outcome;
    };
  const { live, backfill } = context;
  return {
    ...context,
    live: { ...live, reconcile: noting(live.reconcile) },
    backfill: { ...backfill, reconcile: noting(backfill.reconcile) },
  };
}

function work(
  context: MessageContext,
  parsed: Message,
  options: BackfillWork & { body: string },
): Promise<Disposition> {
  switch (parsed.kind) {
    case 'range':
      return listRange(context.backfill, parsed.message, options);
    case 'batch':
      return reconcileBatch(context.backfill, parsed.message, options);
    case 'object': {
      const { backfill, batch } = parsed.message;
      if (backfill === undefined || batch === undefined)
        return reconcileLiveObject(context.live, parsed.message, options);
      return reconcileOwedObject(context.backfill, { ...parsed.message, backfill, batch }, options);
    }
  }
}

/** A debt whose message waits on purpose is not silent. Ranges tell it themselves. */
async function touch({ backfill }: MessageContext, parsed: Message): Promise<void> {
  if (parsed.kind === 'range') return;
  const { message } = parsed;
  if (message.backfill === undefined || message.batch === undefined) return;
  const key = 'key' in message ? { key: message.key } : {};
  await backfill.ledger.touchDebt({ backfill: message.backfill, batch: message.batch, ...key });
}

/** A range is never one key's: it waits for ever. */
function bodyOfWait(parsed: Message, { body, othersSucceed }: { body: string; othersSucceed: boolean }): string {
  return parsed.kind === 'range' ? body : formatMessage(waitedOnceMore(parsed.message, othersSucceed));
}

/**
 * What was stopped in the middle goes on as a new message, so that its receive count stays a count of crashes; where a write was sent, when that one has
 * landed or died. Without one, a message whose receipt is lost is in other hands already.
 */
function dispositionOfAbort(
  reason: BridgeError,
  { body, isInDoubt }: { readonly body: string; readonly isInDoubt: boolean },
): Disposition {
  if (hasCode(reason, 'receipt-lost') && !isInDoubt) return { kind: 'drop' };
  return { kind: 'replace', body, delaySeconds: isInDoubt ? REQUEST_SETTLED_SECONDS : SHORTEST_RELEASE_SECONDS };
}

function dispositionOf(
  context: MessageContext,
  error: unknown,
  { body, waiting }: { readonly body: string; readonly waiting: () => string },
): Disposition {
  if (hasCode(error, 'malformed-message')) return { kind: 'dead-letter', code: error.code, reason: error.message };
  if (error instanceof BridgeError && concernsEverything(error)) {
    context.onTrouble(error);
    const level = error.kind === 'permanent' ? 'error' : 'warn';
    context.log[level]('Work waits: this would meet every object.', { error });
    return { kind: 'replace', body: waiting(), delaySeconds: troubleDelaySeconds(error) };
  }
  if (error instanceof BridgeError) {
    // Not of one object (those are handled where their tries are counted): a listing or a ledger that failed. The same message may succeed later.
    context.log.warn('A message will be worked on again.', { error });
    return { kind: 'replace', body, delaySeconds: troubleDelaySeconds(error) };
  }
  throw error;
}

function troubleDelaySeconds({ retryAfterMilliseconds = 0 }: BridgeError): number {
  const ownMilliseconds = TROUBLE_WAIT_MILLISECONDS + backoffMilliseconds(0, TROUBLE_BACKOFF);
  return Math.ceil(Math.max(retryAfterMilliseconds, ownMilliseconds) / 1000);
}
