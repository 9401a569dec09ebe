// What becomes of a message once its work has ended. Settle-message.ts turns it into queue calls, in an order in which a crash loses nothing.

import type { MessageHistory } from './message-queue.ts';

export type Disposition =
  /** The outcome is final and recorded: delete. */
  | { readonly kind: 'done' }
  /** Waits on purpose: a delayed copy is sent, then this one is deleted, so that its receive count stays a count of crashes. */
  | {
      readonly kind: 'replace';
      readonly body: string;
      readonly delaySeconds: number;
      /** What the copy goes on with. Left out: it begins anew, because the work has ended. */
      readonly history?: MessageHistory;
    }
  /** A person must look: sent to the dead-letter queue with the reason, then deleted. */
  | {
      readonly kind: 'dead-letter';
      readonly code: string;
      readonly reason: string;
      /** What a redrive brings back, where the message itself would do nothing any more. Otherwise its own body, verbatim. */
      readonly body?: string;
    }
  /** Given back for another worker, after something unforeseen: after a second, unless it says when. Counts as a crash. */
  | { readonly kind: 'release'; readonly delaySeconds?: number }
  /** Nothing is done. What it also becomes when the receipt is lost, but for `replace`: that copy is sent even then. */
  | { readonly kind: 'drop' };
