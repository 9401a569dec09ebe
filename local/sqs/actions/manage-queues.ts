import { missingQueue } from '../account.ts';
import type { Queue } from '../queue.ts';
import {
  COMPUTED_ATTRIBUTES,
  isKnownAttribute,
  readRedriveAllowPolicy,
  readRedrivePolicy,
} from '../queue-attributes.ts';
import { optionalInteger, optionalString, requiredString, stringList, stringMap } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { invalidParameter, SqsError } from '../sqs-error.ts';

const MAX_RESULTS = 1000;

export function createQueue(call: SqsCall): Output {
  const name = requiredString(call.input, 'QueueName');
  const attributes = stringMap(call.input, 'Attributes');
  checkDeadLetterQueue(call, { arn: call.account.arnOf(name), attributes });
  const queue = call.account.create(name, attributes);
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

export function setQueueAttributes(call: SqsCall): Output {
  const queue = call.account.byUrl(requiredString(call.input, 'QueueUrl'));
  const attributes = stringMap(call.input, 'Attributes');
  checkDeadLetterQueue(call, { arn: queue.arn, attributes });
  queue.setAttributes(attributes);
  return {};
}

/** One that is named has to be there, and has to allow it. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
function checkDeadLetterQueue(
  { account }: SqsCall,
  { arn, attributes }: { readonly arn: string; readonly attributes: Readonly<Record<string, string>> },
): void {
  if ((attributes.RedrivePolicy ?? '') === '') return;
  const targetArn = readRedrivePolicy(attributes)?.deadLetterTargetArn ?? '';
  const target = account.findByArn(targetArn);
  const refusal = (reason: string) => invalidParameter('RedrivePolicy', attributes.RedrivePolicy, reason);
  if (target === undefined) throw refusal('Dead letter target does not exist.');
  const sources = readRedriveAllowPolicy(target.values);
  if (sources?.includes(arn) === false) throw refusal('Dead letter target does not allow this source queue.');
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
