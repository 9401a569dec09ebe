import { missingQueue } from '../account.ts';
import type { Queue } from '../queue.ts';
import { COMPUTED_ATTRIBUTES, isKnownAttribute } from '../queue-attributes.ts';
import { optionalInteger, optionalString, requiredString, stringList, stringMap } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { SqsError } from '../sqs-error.ts';

const MAX_RESULTS = 1000;

export function createQueue(call: SqsCall): Output {
  const queue = call.account.create(requiredString(call.input, 'QueueName'), stringMap(call.input, 'Attributes'));
  return { QueueUrl: queueUrl(call, queue) };
}

export function deleteQueue({ account, input }: SqsCall): Output {
  account.delete(account.byUrl(requiredString(input, 'QueueUrl')));
  return {};
}

export function purgeQueue({ account, input }: SqsCall): Output {
  account.byUrl(requiredString(input, 'QueueUrl')).purge();
  return {};
}

export function getQueueUrl(call: SqsCall): Output {
  const name = requiredString(call.input, 'QueueName');
  const owner = optionalString(call.input, 'QueueOwnerAWSAccountId') ?? call.account.id;
  const queue = owner === call.account.id ? call.account.findByName(name) : undefined;
  return { QueueUrl: queueUrl(call, queue ?? missingQueue()) };
}

export function listQueues(call: SqsCall): Output {
  const prefix = optionalString(call.input, 'QueueNamePrefix') ?? '';
  const queues = call.account.queues.filter(queue => queue.name.startsWith(prefix));
  return listed(call, queues, 'QueueUrls');
}

export function listDeadLetterSourceQueues(call: SqsCall): Output {
  const queue = call.account.byUrl(requiredString(call.input, 'QueueUrl'));
  return { queueUrls: [], ...listed(call, call.account.deadLetterSourcesOf(queue), 'queueUrls') };
}

export function getQueueAttributes({ account, input }: SqsCall): Output {
  const queue = account.byUrl(requiredString(input, 'QueueUrl'));
  const names = stringList(input, 'AttributeNames');
  const isKnown = (name: string) =>
    name === 'All' || isKnownAttribute(name) || COMPUTED_ATTRIBUTES.some(computed => computed === name);
  const unknown = names.find(name => !isKnown(name));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const all = allAttributes(queue);
  const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {};
}

export function setQueueAttributes({ account, input }: SqsCall): Output {
  account.byUrl(requiredString(input, 'QueueUrl')).setAttributes(stringMap(input, 'Attributes'));
  return {};
}

function allAttributes(queue: Queue): Readonly<Record<string, string>> {
  const { visible, inFlight, delayed } = queue.counts();
  const computed: Record<(typeof COMPUTED_ATTRIBUTES)[number], string> = {
    QueueArn: queue.arn,
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
  return { ...queue.values, ...computed };
}

/** A page of queue URLs; the token is the last name. */
function listed(call: SqsCall, queues: readonly Queue[], member: string): Output {
  const maxResults = optionalInteger(call.input, 'MaxResults', { min: 1, max: MAX_RESULTS });
  const after = Buffer.from(optionalString(call.input, 'NextToken') ?? '', 'base64').toString();
  const rest = queues.filter(queue => queue.name > after);
  const page = rest.slice(0, maxResults ?? MAX_RESULTS);
  const last = page.at(-1);
  // Without MaxResults there is no paging: up to 1,000 queues and no token.
  const hasMore = maxResults !== undefined && rest.length > page.length && last !== undefined;
  return {
    ...(page.length > 0 ? { [member]: page.map(queue => queueUrl(call, queue)) } : {}),
    ...(hasMore ? { NextToken: Buffer.from(last.name).toString('base64') } : {}),
  };
}

function queueUrl(call: SqsCall, queue: Queue): string {
  return `${call.endpoint}/${call.account.id}/${queue.name}`;
}

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000));
}
