// Runs the handler of one message and always comes back with a disposition: a bug in it must neither end the process nor lose the message.

import { isKind } from '../../shared/bridge-error.ts';
import type { Log } from '../../shared/log.ts';
import type { Disposition } from './disposition.ts';
import { toOtherWorkers } from './hand-over.ts';
import type { ReceivedMessage } from './message-queue.ts';
import { releaseDelaySeconds } from './release-delay.ts';

export type MessageHandler = (
  message: ReceivedMessage,
  context: { readonly signal: AbortSignal },
) => Promise<Disposition>;

export async function runHandler(
  message: ReceivedMessage,
  { handle, signal, log }: { readonly handle: MessageHandler; readonly signal: AbortSignal; readonly log: Log },
): Promise<Disposition> {
  try {
    return await handle(message, { signal });
  } catch (error) {
    if (signal.aborted && isCancellation(error)) return toOtherWorkers(message);
    log.error('The handling of a message failed in an unforeseen way; it is tried again later', {
      messageId: message.messageId,
      receiveCount: message.receiveCount,
      error,
    });
    return { kind: 'release', delaySeconds: releaseDelaySeconds(message.receiveCount) };
  }
}

function isCancellation(error: unknown): boolean {
  return isKind(error, 'cancelled') || (error instanceof Error && error.name === 'AbortError');
}
