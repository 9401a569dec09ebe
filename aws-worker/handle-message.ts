// From a queue message to its work, and from a failure to what becomes of the message: the one place where error kinds turn into dispositions.

import { backoffMilliseconds } from '../shared/backoff.ts';
import { BridgeError, cancelledBy, hasCode, isKind } from '../shared/bridge-error.ts';
import { concernsEverything } from '../shared/error-scope.ts';
import type { Log } from '../shared/log.ts';
import type { Message } from '../shared/messages/message.ts';
import { parseMessage } from '../shared/messages/parse-message.ts';
import type { BackfillContext } from './backfill/backfill-context.ts';
import { listRange } from './backfill/list-range.ts';
import { reconcileBatch } from './backfill/reconcile-batch.ts';
import { reconcileOwedObject } from './backfill/reconcile-owed-object.ts';
import { type LiveContext, reconcileLiveObject } from './live/reconcile-live-object.ts';
import type { Disposition } from './queue/disposition.ts';
import type { ReceivedMessage } from './queue/message-queue.ts';

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

/** Longer than a request can live: a write that was sent before the receipt was lost has landed or died when the copy is received. */
const AFTER_LOST_RECEIPT_SECONDS = 180;
const TROUBLE_BACKOFF = { baseMilliseconds: 30_000, maximumMilliseconds: 60_000 };

export function createHandleMessage(context: MessageContext): HandleMessage {
  return async (received, { signal }) => {
    const { body } = received;
    try {
      const disposition = await work(context, parseMessage(body), { body, signal });
      // Only what was done shows that the clouds answer: waiting and refusing need neither.
      if (disposition.kind === 'done') context.onTrouble(undefined);
      return disposition;
    } catch (error) {
      // An abort ends in many errors (a broken request, an unknown write); what counts is why it was aborted.
      const isOfAbort = signal.aborted && error instanceof BridgeError && error.kind !== 'permanent';
      return dispositionOf(context, isOfAbort ? cancelledBy(signal) : error, received);
    }
  };
}

function work(
  context: MessageContext,
  parsed: Message,
  options: { body: string; signal: AbortSignal },
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

function dispositionOf(context: MessageContext, error: unknown, received: ReceivedMessage): Disposition {
  const { body } = received;
  if (hasCode(error, 'receipt-lost')) return { kind: 'replace', body, delaySeconds: AFTER_LOST_RECEIPT_SECONDS };
  if (hasCode(error, 'receipt-near-limit')) return { kind: 'replace', body, delaySeconds: 0 };
  if (isKind(error, 'cancelled')) return { kind: 'release' };
  if (hasCode(error, 'malformed-message')) return { kind: 'dead-letter', code: error.code, reason: error.message };
  if (error instanceof BridgeError && concernsEverything(error)) {
    context.onTrouble(error);
    const level = error.kind === 'permanent' ? 'error' : 'warn';
    context.log[level]('Work waits: this would meet every object.', { error });
    return { kind: 'replace', body, delaySeconds: Math.ceil(backoffMilliseconds(0, TROUBLE_BACKOFF, error) / 1000) };
  }
  if (error instanceof BridgeError) {
    // Not of one object (those are handled where their tries are counted): a listing or a ledger that failed. The same message may succeed later.
    context.log.warn('A message will be worked on again.', { error });
    return { kind: 'replace', body, delaySeconds: Math.ceil(backoffMilliseconds(0, TROUBLE_BACKOFF, error) / 1000) };
  }
  throw error;
}
