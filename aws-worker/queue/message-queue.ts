// One queue, as the consumer sees it. A receipt handle stands for one receive of one message; when its visibility timeout ends, it is worth nothing.

import type { BridgeError } from '../../shared/bridge-error.ts';

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /**
   * How often it was received, this time included; of a copy also what its history says. Rises by crashes (and the rare duplicate or lost answer) only:
   * whatever waits on purpose is sent anew.
   */
  readonly receiveCount: number;
  /** Of its history; left out: 0. */
  readonly handOvers?: number;
  /** `performance.now()` before the receive was sent: SQS ends a receive 12 hours later, whatever the heartbeats. */
  readonly receivedAtMilliseconds: number;
}

/** What the copy of a message goes on with: message-history.ts. */
export interface MessageHistory {
  /** Earlier receives after which nobody came to an end with it. */
  readonly crashes: number;
  /** How often in a row it was handed over because nobody had room for it. */
  readonly handOvers: number;
}

export interface OutgoingMessage {
  readonly body: string;
  /** 0 to 900. */
  readonly delaySeconds?: number;
  /** String attributes beside the body: for people and tools, and a copy's history. What is to be done, the body alone says. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * All methods throw BridgeError: retryable `queue-unavailable`, `queue-throttled`, `queue-clock-skew`; permanent `queue-missing`,
 * `queue-access-denied`, `queue-credentials`, `queue-region`, `queue-refused` (what we sent is not acceptable, such as a body that is too
 * long); cancelled when the signal aborts.
 */
export interface MessageQueue {
  /** Long polls; an empty list when nothing came. An abort never loses a message for longer than the visibility timeout. */
  receive(options: {
    readonly maxMessages: number;
    readonly waitSeconds: number;
    readonly visibilityTimeoutSeconds: number;
    readonly signal: AbortSignal;
  }): Promise<readonly ReceivedMessage[]>;
  /**
   * Sets how long they stay invisible from now on. Returns the handles that are lost (expired, deleted), never a transient failure, and those that failed
   * where others did not; thrown is what failed for all of them.
   */
  changeVisibility(
    receiptHandles: readonly string[],
    visibilityTimeoutSeconds: number,
  ): Promise<{ readonly lost: readonly string[]; readonly failed: ReadonlyMap<string, BridgeError> }>;
  /** Any number; in tens. Returns the handles that could not be deleted because they are lost; whatever else failed was tried again, then thrown. */
  delete(receiptHandles: readonly string[]): Promise<{ readonly lost: readonly string[] }>;
  /** Any number, in batches within SQS's limits; what was not accepted is tried again, then thrown. When it returns, all are in the queue. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
}
