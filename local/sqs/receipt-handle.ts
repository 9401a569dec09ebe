// A receipt handle names one receive of one message. It is opaque to clients; ours can be told from garbage and from another queue's.

export interface Receipt {
  readonly queueName: string;
  readonly messageId: string;
  /** Counts the receives of the message, so that no two handles are the same. */
  readonly receiveCount: number;
}

const PARTS = /^([A-Za-z0-9_-]+) ([0-9a-f-]{36}) (\d+)$/;

export function newReceiptHandle(receipt: Receipt): string {
  return Buffer.from(`${receipt.queueName} ${receipt.messageId} ${receipt.receiveCount}`).toString('base64');
}

/** Undefined when it is none. */
export function parseReceiptHandle(handle: string): Receipt | undefined {
  const text = Buffer.from(handle, 'base64').toString();
  const [, queueName, messageId, receiveCount] = PARTS.exec(text) ?? [];
  if (queueName === undefined || messageId === undefined || Buffer.from(text).toString('base64') !== handle)
    return undefined;
  return { queueName, messageId, receiveCount: Number(receiveCount) };
}
