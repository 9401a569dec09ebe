import type { MessageAttributes } from './message-attributes.ts';

/** - `ready`: to be received; `delayed`: sent with a delay; `in-flight`: received, neither deleted nor visible again. */
export type MessageState = 'ready' | 'delayed' | 'in-flight';

export interface MessageContent {
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** MessageGroupId, AWSTraceHeader, DeadLetterQueueSourceArn. */
  readonly systemAttributes: Readonly<Record<string, string>>;
}

/** All times are milliseconds since 1970. */
export interface Message extends MessageContent {
  readonly id: string;
  /** Of a duplicate: the id of the message that it is of, which is what clients see. */
  readonly duplicateOf?: string;
  readonly sentAt: number;
  readonly senderId: string;
  state: MessageState;
  /** When it becomes ready, unless it is. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** The latest receive. */
  receivedAt: number;
  receiptHandle: string | undefined;
}
