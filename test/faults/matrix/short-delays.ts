// Messages that wait on purpose wait a fraction of it, each by itself: moving the queue's clock would end the visibility timeouts of what others hold.

import { isRecord } from '../../../local/sqs/read-input.ts';
import type { SqsExchange } from '../../../local/sqs/sqs-server.ts';

/** Whole seconds, as SQS counts: what is less is none. */
export function shortenDelays({ action, input }: Pick<SqsExchange, 'action' | 'input'>, divisor: number): void {
  if (action !== 'SendMessageBatch' || !Array.isArray(input.Entries)) return;
  for (const entry of input.Entries) {
    if (isRecord(entry) && typeof entry.DelaySeconds === 'number') {
      Object.assign(entry, { DelaySeconds: Math.floor(entry.DelaySeconds / divisor) });
    }
  }
}
