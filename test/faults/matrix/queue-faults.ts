// What can go wrong with the queue. Its rules are about no key, so they strike whoever asks.

import type { Fault } from '../../../local/faults/fault-rule.ts';
import { LOCAL } from '../../../local/local-cloud.ts';

export interface QueueFault {
  readonly name: string;
  readonly fault: Fault;
  /** Left out: all of `QUEUE_PLACES`. */
  readonly operations?: readonly string[];
  /** How often it strikes at most, where a message that is received ten times is the dead-letter queue's. */
  readonly mostTimes?: number;
}

const { liveQueue, backfillQueue, deadLetterQueue } = LOCAL;

/** Every request that the worker makes of each queue. */
export const QUEUE_PLACES = [
  { operation: 'ReceiveMessage', queue: liveQueue },
  { operation: 'ReceiveMessage', queue: backfillQueue },
  { operation: 'SendMessageBatch', queue: liveQueue },
  { operation: 'SendMessageBatch', queue: backfillQueue },
  { operation: 'SendMessageBatch', queue: deadLetterQueue },
  { operation: 'DeleteMessageBatch', queue: liveQueue },
  { operation: 'DeleteMessageBatch', queue: backfillQueue },
  { operation: 'ChangeMessageVisibilityBatch', queue: liveQueue },
  { operation: 'ChangeMessageVisibilityBatch', queue: backfillQueue },
] as const;

const MINUTES_OFF_SECONDS = 20 * 60;

function refused(status: number, code: string): QueueFault {
  return { name: `${status} ${code}`, fault: { kind: 'status', status, code } };
}

export const QUEUE_FAULTS: readonly QueueFault[] = [
  { name: 'a short delay', fault: { kind: 'latency', milliseconds: 200 } },
  { name: 'a short stall', fault: { kind: 'stall', milliseconds: 200 } },
  refused(400, 'InvalidParameterValue'),
  refused(400, 'QueueDoesNotExist'),
  refused(403, 'AccessDenied'),
  refused(403, 'ExpiredToken'),
  refused(403, 'InvalidClientTokenId'),
  refused(429, 'RequestThrottled'),
  refused(500, 'InternalError'),
  refused(503, 'ServiceUnavailable'),
  { name: 'a reset before', fault: { kind: 'reset', at: 'before' } },
  { name: 'a reset in the answer', fault: { kind: 'reset', at: 'in-response-body' } },
  { name: 'a lost answer', fault: { kind: 'reset', at: 'after' } },
  { name: 'an answer cut short', fault: { kind: 'truncate', length: 'right' } },
  { name: 'an answer cut short that hides it', fault: { kind: 'truncate', length: 'wrong' } },
  { name: 'a redirect elsewhere', fault: { kind: 'redirect', status: 307, location: 'http://127.0.0.1:9/elsewhere' } },
  { name: 'gzip', fault: { kind: 'gzip' } },
  { name: 'a clock that is fast', fault: { kind: 'clock', offsetSeconds: MINUTES_OFF_SECONDS } },
  { name: 'a clock that is slow', fault: { kind: 'clock', offsetSeconds: -MINUTES_OFF_SECONDS } },
  { name: 'messages that come twice', fault: { kind: 'duplicate' }, operations: ['ReceiveMessage'] },
  { name: 'messages in disorder', fault: { kind: 'reorder' }, operations: ['ReceiveMessage'] },
  {
    name: 'receipts that expire',
    fault: { kind: 'expire' },
    operations: ['DeleteMessageBatch', 'ChangeMessageVisibilityBatch'],
    mostTimes: 3,
  },
];
