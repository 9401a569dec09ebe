// The only place where a disposition becomes queue calls. What is to come after a message is in the queue before the message is deleted,
// so a crash in between makes a duplicate, never a loss. A failure of these calls leaves the message in the queue.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { toDeadLetterCopy } from './dead-letter-copy.ts';
import type { DeleteBuffer } from './delete-buffer.ts';
import type { Disposition } from './disposition.ts';
import type { MessageQueue, OutgoingMessage, ReceivedMessage } from './message-queue.ts';
import { releaseDelaySeconds, SHORTEST_RELEASE_SECONDS } from './release-delay.ts';

export interface SettleTools {
  readonly queue: MessageQueue;
  readonly deadLetters: MessageQueue;
  readonly deletes: DeleteBuffer;
  /** The source queue's name, for the dead letter. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Never rejects: whatever could not be done leaves the message for later. */
export async function settleMessage(
  message: ReceivedMessage,
  disposition: Disposition,
  tools: SettleTools,
): Promise<void> {
  switch (disposition.kind) {
    case 'done':
      return deleteMessage(message, tools);
    case 'replace': {
      const copy = { body: disposition.body, delaySeconds: disposition.delaySeconds };
      return sendThenDelete(message, { to: tools.queue, copy }, tools);
    }
    case 'dead-letter': {
      const { code, reason, body = message.body } = disposition;
      const copy = toDeadLetterCopy({ body, code, reason, sourceQueue: tools.name });
      return sendThenDelete(message, { to: tools.deadLetters, copy }, tools);
    }
    case 'release':
      return release(message, disposition.delaySeconds ?? SHORTEST_RELEASE_SECONDS, tools);
    case 'drop':
      return;
  }
}

const RESEND_BACKOFF = { baseMilliseconds: 1_000, maximumMilliseconds: 30_000 };

/**
 * Work whose receipt is lost: others hold the message, so it is theirs to settle. But a copy that the work asks for is sent, because a
 * write of it may still arrive after the other worker is done, and somebody has to look after that. Tried until the signal aborts.
 */
export async function settleLostMessage(
  message: ReceivedMessage,
  disposition: Disposition,
  { queue, clock, log, signal }: Pick<SettleTools, 'queue' | 'clock' | 'log'> & { readonly signal: AbortSignal },
): Promise<void> {
  if (disposition.kind !== 'replace') return;
  const copy = { body: disposition.body, delaySeconds: disposition.delaySeconds };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await queue.send([copy]);
      return;
    } catch (error) {
      const fields = { messageId: message.messageId, body: disposition.body, error };
      const isLast = signal.aborted || isKind(error, 'cancelled');
      if (isLast) {
        log.error(
          'A key whose write may still be on its way could not be queued again; an audit will show whether it differs',
          fields,
        );
        return;
      }
      log.warn('Could not queue the copy of a message whose receipt is lost; trying again', fields);
      // An abort only brings the last try forward.
      await clock.wait(backoffMilliseconds(attempt, RESEND_BACKOFF, error), signal).catch(() => undefined);
    }
  }
}

async function deleteMessage(message: ReceivedMessage, { deletes, log }: SettleTools): Promise<void> {
  const result = await deletes.delete(message.receiptHandle);
  if (result === 'lost')
    log.debug('The receipt was lost before the delete; the message may come again', { messageId: message.messageId });
}

interface Sending {
  readonly to: MessageQueue;
  readonly copy: OutgoingMessage;
}

async function sendThenDelete(message: ReceivedMessage, { to, copy }: Sending, tools: SettleTools): Promise<void> {
  try {
    await to.send([copy]);
  } catch (error) {
    const level = isKind(error, 'permanent') ? 'error' : 'warn';
    const where = to === tools.deadLetters ? 'the dead-letter queue' : 'the queue';
    tools.log[level](`Could not send a message to ${where}; the original stays`, {
      messageId: message.messageId,
      error,
    });
    return release(message, releaseDelaySeconds(message.receiveCount), tools);
  }
  return deleteMessage(message, tools);
}

async function release(message: ReceivedMessage, delaySeconds: number, { queue, log }: SettleTools): Promise<void> {
  try {
    await queue.changeVisibility([message.receiptHandle], delaySeconds);
  } catch (error) {
    log.warn('Could not release a message; it becomes visible when its timeout ends', {
      messageId: message.messageId,
      error,
    });
  }
}
