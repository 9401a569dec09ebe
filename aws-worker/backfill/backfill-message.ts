// The messages of a backfill's debts, as they are sent first and again.

import { formatMessage } from '../../shared/messages/format-message.ts';
import type { BatchObject } from '../../shared/messages/message.ts';
import type { BatchRow, OwedObject } from '../ledger/ledger.ts';
import type { OutgoingMessage } from '../queue/message-queue.ts';

export function rangeMessage(backfill: string, range: string): OutgoingMessage {
  return { body: formatMessage({ backfill, range }) };
}

/** Without its objects the receiver lists the interval itself: the ledger keeps intervals, not keys. */
export function batchMessage(row: BatchRow, objects: readonly BatchObject[] | undefined): OutgoingMessage {
  const { backfill, batch, from, to } = row;
  return {
    body: formatMessage({ backfill, batch, from, to, ...(objects === undefined ? {} : { objects: [...objects] }) }),
  };
}

export function owedObjectMessage(
  owed: OwedObject,
  options: {
    readonly attempt: number;
    /** How long it waited for trouble already: trouble-waits.ts. */
    readonly waits?: number | undefined;
    readonly delaySeconds: number;
  },
): OutgoingMessage {
  const { backfill, batch, key, sizeBytes } = owed;
  const { attempt, waits, delaySeconds } = options;
  return {
    body: formatMessage({
      key,
      size: sizeBytes,
      backfill,
      batch,
      attempt,
      ...(waits === undefined ? {} : { waits }),
    }),
    delaySeconds,
  };
}
