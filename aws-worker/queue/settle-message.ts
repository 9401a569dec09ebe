// The only place where a disposition becomes queue calls. What is to come after a message is in the queue before the message is deleted,
// so a crash in between makes a duplicate, never a loss. While the queue takes no messages, ours is held, since to give it back would count as a
// crash: ten of those, and the redrive policy takes it without a reason. Any other failure of these calls leaves the message in the queue.

import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError, hasCode, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { toDeadLetterCopy } from './dead-letter-copy.ts';
import type { DeleteBuffer } from './delete-buffer.ts';
import type { Disposition } from './disposition.ts';
import { withHistory } from './message-history.ts';
import type { MessageQueue, OutgoingMessage, ReceivedMessage } from './message-queue.ts';
import { releaseDelaySeconds, SHORTEST_RELEASE_SECONDS } from './release-delay.ts';

export interface SettleTools {
  readonly queue: MessageQueue;
  readonly deadLetters: MessageQueue;
  readonly deletes: DeleteBuffer;
  /** The source queue's name, for the dead letter. */
  readonly name: string;
  /**
   * Others hold the message, so it is theirs to settle, and never deleted here. But a copy that the work asks for is sent, because a write of
   * it may still arrive after the other worker is done, and somebody has to look after that. May become true while this goes on.
   */
  readonly isLost: () => boolean;
  /** Extends its visibility no more, and waits for the extension on its way, which would undo a release. Never rejects. */
  readonly letGo: () => Promise<void>;
  /** What cannot be sent is tried once more when this aborts, and no more after that. */
  readonly signal: AbortSignal;
  /** Whoever holds the message is told at each try that failed. */
  readonly onUnsent?: (error: BridgeError) => void;
  readonly clock: Clock;
  readonly log: Log;
}

const RESEND_BACKOFF = { baseMilliseconds: 1_000, maximumMilliseconds: 60_000 };
/** Also when chance wants none at all. */
const MIN_RESEND_MILLISECONDS = 500;

/** Takes as long as the queue takes no messages, where one must be sent. Never rejects: whatever could not be done leaves the message for later. */
export async function settleMessage(
  message: ReceivedMessage,
  disposition: Disposition,
  tools: SettleTools,
): Promise<void> {
  if (tools.isLost() && disposition.kind !== 'replace') return;
  switch (disposition.kind) {
    case 'done':
      return deleteMessage(message, tools);
    case 'replace': {
      const { body, delaySeconds, history } = disposition;
      const anew = { body, delaySeconds };
      const copy = history === undefined ? anew : withHistory(anew, history);
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

async function deleteMessage(message: ReceivedMessage, { deletes, log }: SettleTools): Promise<void> {
  const result = await deletes.delete(message.receiptHandle);
  if (result === 'lost')
    log.debug('The receipt was lost before the delete; the message may come again', { messageId: message.messageId });
}

interface Sending {
  readonly to: MessageQueue;
  readonly copy: OutgoingMessage;
}

async function sendThenDelete(message: ReceivedMessage, sending: Sending, tools: SettleTools): Promise<void> {
  const { clock, signal } = tools;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await sending.to.send([sending.copy]);
      break;
    } catch (error) {
      if (tools.isLost() && sending.to === tools.deadLetters) return;
      if (signal.aborted || isForNothing(error)) return leave(message, sending, { ...tools, error });
      tellUnsent(message, sending, { ...tools, error, attempt });
      const milliseconds = backoffMilliseconds(attempt, RESEND_BACKOFF, error);
      // An abort only brings the last try forward.
      await clock.wait(Math.max(MIN_RESEND_MILLISECONDS, milliseconds), signal).catch(() => undefined);
    }
  }
  if (!tools.isLost()) await deleteMessage(message, tools);
}

/** It is the message that is not accepted, or the client was closed: the next try would end as this one. */
function isForNothing(error: unknown): boolean {
  return hasCode(error, 'queue-refused') || !(error instanceof BridgeError) || error.kind === 'cancelled';
}

/** Once for each message; then only those who ask for details. */
function tellUnsent(
  { messageId }: ReceivedMessage,
  { to }: Sending,
  { deadLetters, log, onUnsent, error, attempt }: SettleTools & { readonly error: unknown; readonly attempt: number },
): void {
  const level = attempt > 0 ? 'debug' : isKind(error, 'permanent') ? 'error' : 'warn';
  const where = to === deadLetters ? 'the dead-letter queue' : 'the queue';
  log[level](`Could not send a message to ${where}; the original is held, and it is tried again`, { messageId, error });
  if (error instanceof BridgeError) onUnsent?.(error);
}

/** Not before the copy would have been seen: there was a reason for its delay. */
async function leave(
  message: ReceivedMessage,
  { to, copy }: Sending,
  tools: SettleTools & { readonly error: unknown },
): Promise<void> {
  const { log, error } = tools;
  const { messageId } = message;
  if (tools.isLost()) {
    log.error(
      'A key whose write may still be on its way could not be queued again; an audit will show whether it differs',
      { messageId, body: copy.body, error },
    );
    return;
  }
  const level = isKind(error, 'retryable') ? 'warn' : 'error';
  const where = to === tools.deadLetters ? 'the dead-letter queue' : 'the queue';
  log[level](`Could not send a message to ${where}; the original stays`, { messageId, error });
  await release(message, Math.max(copy.delaySeconds ?? 0, releaseDelaySeconds(message.receiveCount)), tools);
}

async function release(
  message: ReceivedMessage,
  delaySeconds: number,
  { queue, letGo, log }: SettleTools,
): Promise<void> {
  await letGo();
  try {
    await queue.changeVisibility([message.receiptHandle], delaySeconds);
  } catch (error) {
    log.warn('Could not release a message; it becomes visible when its timeout ends', {
      messageId: message.messageId,
      error,
    });
  }
}
