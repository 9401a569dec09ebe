// Moving the messages of a dead-letter queue back to where they came from, or elsewhere. Each becomes a new message, with a new id and
// a count of 0. Here a task moves all that is ready at once and is complete; the rate that a client asks for is not kept.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html

import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';
import type { Queue } from './queue.ts';
import { SqsError } from './sqs-error.ts';

export interface MessageMoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn: string | undefined;
  readonly startedAt: number;
  readonly toMove: number;
  readonly moved: number;
}

export class MessageMoveTasks {
  readonly #account: Account;
  readonly #tasks: MessageMoveTask[] = [];

  constructor(account: Account) {
    this.#account = account;
  }

  start(sourceArn: string, destinationArn: string | undefined): MessageMoveTask {
    const source = this.#dlq(sourceArn);
    const destination = destinationArn === undefined ? undefined : this.#account.findByArn(destinationArn);
    if (destinationArn !== undefined && destination === undefined) throw noResource();
    const toMove = source.counts().visible;
    let moved = 0;
    // Bounded by what is there now: the destination may be the source itself.
    for (; moved < toMove; moved++) {
      if (!this.#moveOne(source, destination)) break;
    }
    const startedAt = this.#account.now();
    const task = { handle: handleOf(sourceArn), sourceArn, destinationArn, startedAt, toMove, moved };
    this.#tasks.unshift(task);
    return task;
  }

  /** Newest first. */
  list(sourceArn: string): readonly MessageMoveTask[] {
    this.#dlq(sourceArn);
    return this.#tasks.filter(task => task.sourceArn === sourceArn);
  }

  #moveOne(source: Queue, destination: Queue | undefined): boolean {
    const message = source.takeReady();
    if (message === undefined) return false;
    const { DeadLetterQueueSourceArn: origin, ...systemAttributes } = message.systemAttributes;
    const [fallback] = this.#account.deadLetterSourcesOf(source);
    // A message that was sent to the dead-letter queue directly knows no source; SQS leaves it where it is.
    const target =
      destination ?? (origin === undefined ? source : (this.#account.findByArn(origin) ?? fallback ?? source));
    const { body, attributes, senderId } = message;
    const kept = target === source ? message.systemAttributes : systemAttributes;
    target.send({ body, attributes, systemAttributes: kept }, { senderId, delaySeconds: 0 });
    return true;
  }

  #dlq(arn: string): Queue {
    const queue = this.#account.findByArn(arn);
    if (queue === undefined) throw noResource();
    if (this.#account.deadLetterSourcesOf(queue).length > 0) return queue;
    throw new SqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
  }
}

function handleOf(sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString('base64');
}

function noResource(): SqsError {
  return new SqsError(
    'ResourceNotFound',
    'The resource that you specified for the SourceArn or DestinationArn parameter does not exist.',
  );
}
