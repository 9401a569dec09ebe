// A receipt handle names one receive of one message. It is opaque to clients; ours can be told from garbage and from another queue's.

import { randomUUID } from 'node:crypto';

export interface Receipt {
  readonly queueName: string;
  readonly messageId: string;
}

const PARTS = /^([A-Za-z0-9_-]+) ([0-9a-f-]{36}) [0-9a-f-]{36}$/;

/** Never the same twice. */
export function newReceiptHandle(receipt: Receipt): string {
  return Buffer.from(`${receipt.queueName} ${receipt.messageId} ${randomUUID()}`).toString('base64');
}

/** Undefined when it is none. */
export function parseReceiptHandle(handle: string): Receipt | undefined {
  const text = Buffer.from(handle, 'base64').toString();
  const [, queueName, messageId] = PARTS.exec(text) ?? [];
  if (queueName === undefined || messageId === undefined || Buffer.from(text).toString('base64') !== handle)
    return undefined;
  return { queueName, messageId };
}
