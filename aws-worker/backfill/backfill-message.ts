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
  options: { readonly attempt: number; readonly delaySeconds: number },
): OutgoingMessage {
  const { backfill, batch, key, sizeBytes } = owed;
  return {
    body: formatMessage({ key, size: sizeBytes, backfill, batch, attempt: options.attempt }),
    delaySeconds: options.delaySeconds,
  };
}

export function debtMessages(
  backfill: string,
  debts: { readonly batches: readonly BatchRow[]; readonly ranges: readonly string[] },
): readonly OutgoingMessage[] {
  return [
    ...debts.batches.map(row => batchMessage(row, undefined)),
    ...debts.ranges.map(range => rangeMessage(backfill, range)),
  ];
}
