import type { Disposition } from './disposition.ts';
import type { ReceivedMessage } from './message-queue.ts';

/** Where no redrive policy says another. */
export const DEFAULT_MAX_RECEIVE_COUNT = 10;

/**
 * How a message ends that was received as often as the queue's redrive policy allows: not worked on once more, after which SQS would move it away without
 * a word, but dead-lettered with a reason. Undefined: it may be worked on. So may what is received for the first time, whatever the policy.
 */
export function endOfCrashes({ receiveCount }: ReceivedMessage, maxReceiveCount: number): Disposition | undefined {
  if (receiveCount < Math.max(2, maxReceiveCount)) return undefined;
  return {
    kind: 'dead-letter',
    code: 'crashed-too-often',
    reason: `It was received ${receiveCount} times, and nobody came to the end of its work: each worker crashed, was killed (out of memory, a machine that went away), or met an error that nobody foresaw. Look at the workers' logs and memory of those times, mend the cause, then redrive it.`,
  };
}
