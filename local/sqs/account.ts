// The queues of one account in one region, by name and by address.

import type { LongPolls } from './long-polls.ts';
import { Queue } from './queue.ts';
import { changeAttributes } from './queue-attributes.ts';
import { SqsError } from './sqs-error.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html */
const NAME_BLOCKED_MILLISECONDS = 60_000;

export interface AccountOptions {
  readonly accountId: string;
  readonly region: string;
  readonly now: () => number;
  readonly longPolls: LongPolls;
}

export class Account {
  readonly id: string;
  readonly now: () => number;
  readonly #options: AccountOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #deletedAt = new Map<string, number>();

  constructor(options: AccountOptions) {
    this.id = options.accountId;
    this.now = options.now;
    this.#options = options;
  }

  /** By name. */
  get queues(): readonly Queue[] {
    return [...this.#queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  arnOf(name: string): string {
    const { region, accountId } = this.#options;
    return `arn:${region.startsWith('cn-') ? 'aws-cn' : 'aws'}:sqs:${region}:${accountId}:${name}`;
  }

  /** The queue that is there already if its attributes agree. */
  create(name: string, attributes: Readonly<Record<string, string>>): Queue {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      const reason = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
      throw new SqsError('InvalidParameterValue', `${reason}. FIFO queues are not part of this stand-in.`);
    }
    const existing = this.#queues.get(name);
    if (existing !== undefined) {
      changeAttributes(undefined, attributes);
      const differs = Object.entries(attributes).some(([key, value]) => existing.values[key] !== value);
      if (!differs) return existing;
      const message = 'A queue already exists with the same name and a different value for attributes';
      throw new SqsError('QueueNameExists', message);
    }
    const deletedAt = this.#deletedAt.get(name);
    if (deletedAt !== undefined && this.now() - deletedAt < NAME_BLOCKED_MILLISECONDS) {
      const message =
        'You must wait 60 seconds after deleting a queue before you can create another with the same name.';
      throw new SqsError('QueueDeletedRecently', message);
    }
    const queue = new Queue({
      name,
      arn: this.arnOf(name),
      now: this.now,
      attributes,
      onReady: this.#options.longPolls.notify,
      findByArn: arn => this.findByArn(arn),
    });
    this.#queues.set(name, queue);
    return queue;
  }

  delete(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#deletedAt.set(queue.name, this.now());
  }

  findByName(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  findByArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.slice(arn.lastIndexOf(':') + 1));
    return queue?.arn === arn ? queue : undefined;
  }

  /** Only the path of a queue URL counts, `/account/name`: the same server may have several addresses. */
  byUrl(url: string): Queue {
    const [, accountId, name] = /^(?:https?:\/\/[^/]+)?\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
    if (accountId === undefined || name === undefined) {
      throw new SqsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`);
    }
    if (accountId !== this.id) throw new SqsError('AccessDenied', `Access to the resource ${url} is denied.`);
    return this.#queues.get(name) ?? missingQueue();
  }

  deadLetterSourcesOf(queue: Queue): readonly Queue[] {
    return this.queues.filter(source => source.redrivePolicy?.deadLetterTargetArn === queue.arn);
  }
}

export function missingQueue(): never {
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}
