import { createHash } from 'node:crypto';
import type { Message } from '../message.ts';
import { md5OfAttributes, selectAttributes } from '../message-attributes.ts';
import { MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS } from '../queue-attributes.ts';
import { optionalInteger, requiredString, stringList } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';

const MAX_MESSAGES = 10;

export async function receiveMessage(call: SqsCall): Promise<Output> {
  const { account, longPolls, input, signal } = call;
  const queue = account.byUrl(requiredString(input, 'QueueUrl'));
  const max = optionalInteger(input, 'MaxNumberOfMessages', { min: 1, max: MAX_MESSAGES }) ?? 1;
  const visibilitySeconds = optionalInteger(input, 'VisibilityTimeout', { min: 0, max: MAX_VISIBILITY_SECONDS });
  const waitSeconds =
    optionalInteger(input, 'WaitTimeSeconds', { min: 0, max: MAX_WAIT_SECONDS }) ??
    Number(queue.values.ReceiveMessageWaitTimeSeconds);
  const systemNames = [...stringList(input, 'AttributeNames'), ...stringList(input, 'MessageSystemAttributeNames')];
  const names = stringList(input, 'MessageAttributeNames');
  const messages = await longPolls.wait(queue, {
    receive: () => {
      const disorder = queue.counts().visible > 0 ? call.faultOf('reorder')?.random : undefined;
      return queue.receive({ max, visibilitySeconds, disorder });
    },
    waitMilliseconds: waitSeconds * 1000,
    signal,
  });
  if (messages.length === 0) return {};
  const output = { Messages: messages.map(message => describeMessage(message, systemNames, names)) };
  if (call.faultOf('duplicate')) for (const message of messages) queue.duplicate(message);
  if (call.faultOf('expire')) for (const { receiptHandle = '' } of messages) queue.expire(receiptHandle);
  return output;
}

function describeMessage(message: Message, systemNames: readonly string[], names: readonly string[]): Output {
  const system: Record<string, string> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...message.systemAttributes,
  };
  const wanted = Object.entries(system).filter(([name]) => systemNames.includes('All') || systemNames.includes(name));
  const attributes = selectAttributes(message.attributes, names);
  return {
    MessageId: message.duplicateOf ?? message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: createHash('md5').update(message.body).digest('hex'),
    Body: message.body,
    Attributes: wanted.length > 0 ? Object.fromEntries(wanted) : undefined,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    MessageAttributes: Object.keys(attributes).length > 0 ? attributes : undefined,
  };
}
