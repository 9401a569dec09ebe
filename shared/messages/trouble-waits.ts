// How long one message may wait for trouble that looks like everybody's. A lasting 500 for a single key looks just like an outage, so its waits are
// counted in the message; the bound is high, since in a real outage nothing is to fail.

import type { BatchMessage, ObjectMessage } from './message.ts';

/** At 30 s or more a wait: 3.5 days while nothing succeeds. */
export const MAX_WAITS = 10_000;
/** While other work succeeds, the trouble is not everybody's: it ends after 500 waits, 4 hours at least. */
const WAITS_WHILE_OTHERS_SUCCEED = 20;

export function isWaitedOut(message: { readonly waits?: number }): boolean {
  return (message.waits ?? 0) >= MAX_WAITS;
}

export function waitedOnceMore<T extends ObjectMessage | BatchMessage>(message: T, othersSucceed: boolean): T {
  const more = othersSucceed ? WAITS_WHILE_OTHERS_SUCCEED : 1;
  return { ...message, waits: Math.min(MAX_WAITS, (message.waits ?? 0) + more) };
}
