// One standard queue: which messages are ready, delayed or in flight, and what moves them. Time is asked, never waited for: every look
// first brings the queue up to date (delays and visibility timeouts that have run out, messages past their retention).
// A message that has been received as often as the redrive policy allows goes to the dead-letter queue instead of being received again.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html

import { randomUUID } from 'node:crypto';
import { Line } from './line.ts';
import type { Message, MessageContent, MessageState } from './message.ts';
import { changeAttributes, MAX_VISIBILITY_SECONDS, type RedrivePolicy, readRedrivePolicy } from './queue-attributes.ts';
import { newReceiptHandle, parseReceiptHandle } from './receipt-handle.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';
import { Timetable } from './timetable.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_IN_FLIGHT = 120_000;
const PURGE_MILLISECONDS = 60_000;
/** How many outdated entries a timetable may hold beside twice the messages. */
const SPARE_ENTRIES = 1000;

export interface QueueOptions {
  readonly name: string;
  readonly arn: string;
  readonly now: () => number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Called whenever a message may have become ready. */
  readonly onReady: (queue: Queue) => void;
  readonly findByArn: (arn: string) => Queue | undefined;
}

export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  modifiedAt: number;
  #values: Readonly<Record<string, string>>;
  #redrivePolicy: RedrivePolicy | undefined;
  readonly #options: QueueOptions;
  readonly #messages = new Map<string, Message>();
  /** Each ready message once, and some that were dropped since. */
  readonly #ready = new Line<Message>();
  readonly #counts: Record<MessageState, number> = { ready: 0, delayed: 0, 'in-flight': 0 };
  readonly #becomesReady = new Timetable<Message>();
  readonly #bySentAt = new Timetable<Message>();
  #purgedAt = Number.NEGATIVE_INFINITY;

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.arn = options.arn;
    this.#options = options;
    this.#values = changeAttributes(undefined, options.attributes);
    this.#redrivePolicy = readRedrivePolicy(this.#values);
    this.createdAt = this.modifiedAt = options.now();
  }

  get values(): Readonly<Record<string, string>> {
    return this.#values;
  }

  get redrivePolicy(): RedrivePolicy | undefined {
    return this.#redrivePolicy;
  }

  /** When something may next become ready by itself. */
  get nextReadyAt(): number | undefined {
    return this.#becomesReady.nextAt;
  }

  setAttributes(changes: Readonly<Record<string, string>>): void {
    this.#values = changeAttributes(this.#values, changes);
    this.#redrivePolicy = readRedrivePolicy(this.#values);
    this.modifiedAt = this.#options.now();
    this.#options.onReady(this);
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    this.#update();
    return { visible: this.#counts.ready, inFlight: this.#counts['in-flight'], delayed: this.#counts.delayed };
  }

  messages(): Iterable<Message> {
    this.#update();
    return this.#messages.values();
  }

  send(content: MessageContent, options: { senderId: string; delaySeconds?: number | undefined }): Message {
    const now = this.#options.now();
    const delaySeconds = options.delaySeconds ?? Number(this.#values.DelaySeconds);
    const message: Message = {
      ...content,
      id: randomUUID(),
      sentAt: now,
      senderId: options.senderId,
      state: 'ready',
      visibleAt: now + delaySeconds * 1000,
      receiveCount: 0,
      firstReceivedAt: undefined,
      receivedAt: 0,
      receiptHandle: undefined,
    };
    this.#accept(message, delaySeconds > 0 ? 'delayed' : 'ready');
    return message;
  }

  /** Up to `max` messages, in flight from now on. `OverLimit` when too many are already. `disorder`: which of the ready ones is next. */
  receive(options: {
    max: number;
    visibilitySeconds?: number | undefined;
    disorder?: (() => number) | undefined;
  }): Message[] {
    this.#update();
    const now = this.#options.now();
    const visibilitySeconds = options.visibilitySeconds ?? Number(this.#values.VisibilityTimeout);
    const received: Message[] = [];
    while (received.length < options.max) {
      if (options.disorder !== undefined && this.#ready.first !== undefined)
        this.#ready.bringForward(options.disorder());
      const message = this.#firstReady();
      if (message === undefined) break;
      if (this.#redrive(message)) continue;
      if (this.#counts['in-flight'] >= MAX_IN_FLIGHT) {
        if (received.length > 0) break;
        throw new SqsError('OverLimit', `Too many messages in flight: the limit is ${MAX_IN_FLIGHT}.`);
      }
      this.#ready.shift();
      message.receiveCount++;
      message.firstReceivedAt ??= now;
      message.receivedAt = now;
      message.receiptHandle = newReceiptHandle({
        queueName: this.name,
        messageId: message.id,
        receiveCount: message.receiveCount,
      });
      this.#move(message, 'in-flight', now + visibilitySeconds * 1000);
      received.push(message);
    }
    return received;
  }

  /** Deleting twice is no error; a handle of an earlier receive deletes nothing, and that is no error either. */
  delete(receiptHandle: string): void {
    this.#update();
    const message = this.#findByHandle(receiptHandle);
    if (message?.receiptHandle === receiptHandle) this.#drop(message);
  }

  /** What happens when a copy of a message was out of reach at its receive: there it is still to be received. */
  duplicate(message: Message): void {
    if (message.duplicateOf !== undefined) return;
    const receiveCount = message.receiveCount - 1;
    const copy = { ...message, id: randomUUID(), duplicateOf: message.id, receiveCount, receiptHandle: undefined };
    this.#accept({ ...copy, visibleAt: this.#options.now() }, 'ready');
  }

  /** As if the visibility timeout had run out, and the handle with it. Nothing, if the handle is worth nothing already. */
  expire(receiptHandle: string): void {
    this.#update();
    const message = this.#findByHandle(receiptHandle);
    if (message?.receiptHandle !== receiptHandle) return;
    message.receiptHandle = undefined;
    if (message.state === 'in-flight') this.#move(message, 'ready', this.#options.now());
    this.#options.onReady(this);
  }

  /** From now on; together with the time since the receive at most 12 hours. */
  changeVisibility(receiptHandle: string, seconds: number): void {
    this.#update();
    const message = this.#findByHandle(receiptHandle);
    if (message?.receiptHandle !== receiptHandle) {
      const reason = 'Message does not exist or is not available for visibility timeout change.';
      throw invalidParameter('ReceiptHandle', receiptHandle, reason);
    }
    if (message.state !== 'in-flight') {
      throw new SqsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    const now = this.#options.now();
    if (now - message.receivedAt + seconds * 1000 > MAX_VISIBILITY_SECONDS * 1000) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds]`;
      throw invalidParameter('VisibilityTimeout', seconds, reason);
    }
    this.#move(message, seconds === 0 ? 'ready' : 'in-flight', now + seconds * 1000);
    if (seconds === 0) this.#options.onReady(this);
  }

  purge(): void {
    const now = this.#options.now();
    if (now - this.#purgedAt < PURGE_MILLISECONDS) {
      throw new SqsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`,
      );
    }
    this.#purgedAt = now;
    for (const message of [...this.#messages.values()]) this.#drop(message);
  }

  /** Takes out a message that is ready, for a move to another queue; undefined when there is none. */
  takeReady(): Message | undefined {
    this.#update();
    const message = this.#firstReady();
    if (message !== undefined) this.#drop(message);
    return message;
  }

  /** True when the message went to the dead-letter queue, with its id, its age and its count. */
  #redrive(message: Message): boolean {
    const policy = this.#redrivePolicy;
    if (policy === undefined || message.receiveCount < policy.maxReceiveCount) return false;
    const target = this.#options.findByArn(policy.deadLetterTargetArn);
    if (target === undefined || target === this) return false;
    this.#drop(message);
    const systemAttributes = { ...message.systemAttributes, DeadLetterQueueSourceArn: this.arn };
    target.#accept({ ...message, systemAttributes, receiptHandle: undefined }, 'ready');
    return true;
  }

  #accept(message: Message, state: MessageState): void {
    message.state = state;
    this.#messages.set(message.id, message);
    this.#counts[state]++;
    this.#bySentAt.add(message.sentAt, message);
    if (state === 'ready') this.#ready.push(message);
    else this.#becomesReady.add(message.visibleAt, message);
    this.#options.onReady(this);
  }

  #move(message: Message, state: MessageState, visibleAt: number): void {
    this.#counts[message.state]--;
    this.#counts[state]++;
    message.state = state;
    message.visibleAt = visibleAt;
    if (state === 'ready') this.#ready.push(message);
    else this.#becomesReady.add(visibleAt, message);
  }

  #drop(message: Message): void {
    if (!this.#messages.delete(message.id)) return;
    this.#counts[message.state]--;
  }

  #firstReady(): Message | undefined {
    for (let message = this.#ready.first; message !== undefined; message = this.#ready.first) {
      if (this.#isHeld(message)) return message;
      this.#ready.shift();
    }
    return undefined;
  }

  #findByHandle(receiptHandle: string): Message | undefined {
    const receipt = parseReceiptHandle(receiptHandle);
    if (receipt?.queueName === this.name) return this.#messages.get(receipt.messageId);
    throw new SqsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
    );
  }

  #update(): void {
    const now = this.#options.now();
    for (let due = this.#becomesReady.take(now); due !== undefined; due = this.#becomesReady.take(now)) {
      if (this.#isAwaited(due.at, due.item)) this.#move(due.item, 'ready', due.at);
    }
    const oldest = now - Number(this.#values.MessageRetentionPeriod) * 1000;
    for (let old = this.#bySentAt.take(oldest); old !== undefined; old = this.#bySentAt.take(oldest)) {
      if (this.#isHeld(old.item)) this.#drop(old.item);
    }
    // Heartbeats and deletes leave entries behind, and those hold on to bodies.
    const maxEntries = 2 * this.#messages.size + SPARE_ENTRIES;
    if (this.#bySentAt.size > maxEntries) this.#bySentAt.sweep((_, message) => this.#isHeld(message));
    if (this.#becomesReady.size > maxEntries) this.#becomesReady.sweep((at, message) => this.#isAwaited(at, message));
  }

  #isHeld(message: Message): boolean {
    return this.#messages.get(message.id) === message;
  }

  #isAwaited(at: number, message: Message): boolean {
    return this.#isHeld(message) && message.state !== 'ready' && message.visibleAt === at;
  }
}
