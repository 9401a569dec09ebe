// A queue in memory that behaves as SQS does: at least once, visibility timeouts, delays, receipt handles that end, 12 hours at most.

import { countMessageBytes } from '../../aws-worker/queue/message-batches.ts';
import { readHistory } from '../../aws-worker/queue/message-history.ts';
import type { MessageQueue, OutgoingMessage } from '../../aws-worker/queue/message-queue.ts';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';

export type QueueOperation = 'receive' | 'changeVisibility' | 'delete' | 'send';

export interface FakeMessageQueue extends MessageQueue {
  /** The next calls of this operation throw these, one each, and do nothing. */
  fail(operation: QueueOperation, ...errors: readonly Error[]): void;
  /** While this is set, all calls of the operation throw it. */
  failAlways(operation: QueueOperation, error: Error | undefined): void;
  /** As if another worker had received it: the handles given out for it until now are worth nothing. */
  takeAway(body: string): void;
  /**
   * As if the visibility timeout of a message in flight had ended: others receive it, and its handle is worth nothing. Returns its id; undefined: none is
   * in flight.
   */
  expire(choose: (bodies: readonly string[]) => string): string | undefined;
  /** As a purge does, or a retention period that ends. False: there was none. */
  drop(choose: (bodies: readonly string[]) => string): boolean;
  readonly hasVisible: boolean;
  /** On the clock's scale: when a message that is invisible now can be received next; undefined: none is. */
  readonly nextVisibleAt: number | undefined;
  /** How often each operation was called, failed calls included. */
  readonly calls: Readonly<Record<QueueOperation, number>>;
  /** How many messages each receive asked for. */
  readonly asked: readonly number[];
  /** What is in the queue, visible or not, oldest first. */
  readonly stored: readonly OutgoingMessage[];
  readonly bodies: readonly string[];
  /** How often the message with this body was received; undefined when there is none. */
  receiveCount(body: string): number | undefined;
  /** Seconds until it can be received; 0 when it can be now. */
  invisibleSeconds(body: string): number;
}

interface Stored {
  readonly id: string;
  readonly message: OutgoingMessage;
  visibleAt: number;
  receiveCount: number;
  receivedAt: number;
  receiptHandle: string | undefined;
}

const MAX_HELD_MILLISECONDS = 12 * 3_600_000;

export interface FakeMessageQueueOptions {
  /** Which of the visible messages are handed out first; the oldest unless told. SQS's standard queues promise no order. */
  readonly order?: <T>(visible: readonly T[]) => readonly T[];
  /** Before the numbers of its messages' ids. */
  readonly name?: string;
  /** What was received so often is moved away instead of received again; left out: never. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly to: MessageQueue };
}

export function createFakeMessageQueue(
  clock: Pick<Clock, 'now' | 'wait'>,
  { order = visible => visible, name = 'message', redrive }: FakeMessageQueueOptions = {},
): FakeMessageQueue {
  let stored: Stored[] = [];
  let nextId = 1;
  const calls = { receive: 0, changeVisibility: 0, delete: 0, send: 0 };
  const asked: number[] = [];
  const failures: Record<QueueOperation, Error[]> = { receive: [], changeVisibility: [], delete: [], send: [] };
  const outages = new Map<QueueOperation, Error>();
  /** Polls that wait for a message; every change wakes them. */
  const naps = new Set<AbortController>();

  return {
    async receive({ maxMessages, waitSeconds, visibilityTimeoutSeconds, signal }) {
      asked.push(maxMessages);
      begin('receive');
      if (signal.aborted) throw cancelledBy(signal);
      const receivedAtMilliseconds = clock.now();
      const deadline = receivedAtMilliseconds + waitSeconds * 1000;
      for (;;) {
        moveAway();
        const ready = order(stored.filter(isVisible)).slice(0, maxMessages);
        if (ready.length > 0 || clock.now() >= deadline) {
          return ready.map(entry => handOut(entry, visibilityTimeoutSeconds, receivedAtMilliseconds));
        }
        const nextAt = Math.min(deadline, ...stored.map(entry => entry.visibleAt));
        await napUntil(nextAt, signal);
      }
    },

    async changeVisibility(receiptHandles, visibilityTimeoutSeconds) {
      begin('changeVisibility');
      const visibleAt = clock.now() + visibilityTimeoutSeconds * 1000;
      const lost = receiptHandles.filter(handle => {
        const entry = inFlight(handle);
        if (entry === undefined || visibleAt - entry.receivedAt > MAX_HELD_MILLISECONDS) return true;
        entry.visibleAt = visibleAt;
        return false;
      });
      wakePolls();
      return { lost, failed: new Map() };
    },

    async delete(receiptHandles) {
      begin('delete');
      const lost = receiptHandles.filter(handle => inFlight(handle) === undefined);
      stored = stored.filter(
        ({ receiptHandle }) =>
          receiptHandle === undefined || lost.includes(receiptHandle) || !receiptHandles.includes(receiptHandle),
      );
      return { lost };
    },

    async send(messages) {
      begin('send');
      if (messages.some(message => countMessageBytes(message) > SQS_MESSAGE_MAX_BYTES)) throw tooLong();
      for (const message of messages) {
        const visibleAt = clock.now() + (message.delaySeconds ?? 0) * 1000;
        stored.push({
          id: `${name}-${nextId}`,
          message,
          visibleAt,
          receiveCount: 0,
          receivedAt: 0,
          receiptHandle: undefined,
        });
        nextId += 1;
      }
      wakePolls();
    },

    fail: (operation, ...errors) => void failures[operation].push(...errors),
    failAlways(operation, error) {
      if (error === undefined) outages.delete(operation);
      else outages.set(operation, error);
    },
    takeAway(body) {
      for (const entry of stored) if (entry.message.body === body) entry.receiptHandle = 'of another worker';
    },
    expire(choose) {
      const entries = stored.filter(entry => entry.receiptHandle !== undefined && !isVisible(entry));
      const entry = chosen(entries, choose);
      if (entry === undefined) return undefined;
      entry.visibleAt = clock.now();
      wakePolls();
      return entry.id;
    },
    drop(choose) {
      const entry = chosen(stored, choose);
      stored = stored.filter(other => other !== entry);
      return entry !== undefined;
    },
    get hasVisible() {
      return stored.some(isVisible);
    },
    get nextVisibleAt() {
      let next: number | undefined;
      for (const entry of stored) {
        if (!isVisible(entry) && (next === undefined || entry.visibleAt < next)) next = entry.visibleAt;
      }
      return next;
    },
    calls,
    asked,
    get stored() {
      return stored.map(entry => entry.message);
    },
    get bodies() {
      return stored.map(entry => entry.message.body);
    },
    receiveCount: body => stored.find(entry => entry.message.body === body)?.receiveCount,
    invisibleSeconds(body) {
      const entry = stored.find(candidate => candidate.message.body === body);
      return Math.max(0, ((entry?.visibleAt ?? 0) - clock.now()) / 1000);
    },
  };

  /** As they are, with their attributes, and without a reason. */
  function moveAway(): void {
    if (redrive === undefined) return;
    const { maxReceiveCount, to } = redrive;
    const moved = stored.filter(entry => isVisible(entry) && entry.receiveCount >= maxReceiveCount);
    if (moved.length === 0) return;
    stored = stored.filter(entry => !moved.includes(entry));
    void to.send(moved.map(entry => entry.message)); // Was taken once already, so it is accepted.
  }

  function isVisible(entry: Stored): boolean {
    return entry.visibleAt <= clock.now();
  }

  function chosen(entries: readonly Stored[], choose: (bodies: readonly string[]) => string): Stored | undefined {
    if (entries.length === 0) return undefined;
    const body = choose(entries.map(entry => entry.message.body));
    return entries.find(entry => entry.message.body === body);
  }

  function begin(operation: QueueOperation): void {
    calls[operation] += 1;
    const error = failures[operation].shift() ?? outages.get(operation);
    if (error !== undefined) throw error;
  }

  /** @throws BridgeError cancelled when the signal aborts */
  async function napUntil(at: number, signal: AbortSignal): Promise<void> {
    const nap = new AbortController();
    const wake = () => nap.abort();
    naps.add(nap);
    signal.addEventListener('abort', wake, { once: true });
    // Woken early: the poll looks again.
    await clock.wait(at - clock.now(), nap.signal).catch(() => undefined);
    naps.delete(nap);
    signal.removeEventListener('abort', wake);
    if (signal.aborted) throw cancelledBy(signal);
  }

  function wakePolls(): void {
    for (const nap of naps) nap.abort();
  }

  function handOut(entry: Stored, visibilityTimeoutSeconds: number, receivedAtMilliseconds: number) {
    entry.receiveCount += 1;
    entry.receivedAt = clock.now();
    entry.visibleAt = clock.now() + visibilityTimeoutSeconds * 1000;
    entry.receiptHandle = `${entry.id}/${entry.receiveCount}`;
    const { crashes, handOvers } = readHistory(name => entry.message.attributes?.[name]);
    return {
      messageId: entry.id,
      receiptHandle: entry.receiptHandle,
      body: entry.message.body,
      receiveCount: crashes + entry.receiveCount,
      handOvers,
      receivedAtMilliseconds,
    };
  }

  function inFlight(handle: string): Stored | undefined {
    return stored.find(entry => entry.receiptHandle === handle && entry.visibleAt > clock.now());
  }
}

function tooLong(): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'queue-refused', message: 'The message is too long.' });
}
