import { createHash } from 'node:crypto';
import { attributesSizeBytes, md5OfAttributes, readMessageAttributes } from '../message-attributes.ts';
import { assertLegalText } from '../message-text.ts';
import type { Queue } from '../queue.ts';
import { MAX_DELAY_SECONDS, MAX_REQUEST_BYTES } from '../queue-attributes.ts';
import { type Input, optionalInteger, optionalString, requiredString } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { SqsError } from '../sqs-error.ts';
import { answerEach, readEntries } from './batch.ts';

export function sendMessage(call: SqsCall): Output {
  const queue = call.account.byUrl(requiredString(call.input, 'QueueUrl'));
  return send(call, queue, call.input);
}

export function sendMessageBatch(call: SqsCall): Output {
  const queue = call.account.byUrl(requiredString(call.input, 'QueueUrl'));
  const entries = readEntries(call.input);
  const total = entries.reduce((sum, entry) => sum + sizeBytes(entry.input), 0);
  if (total > MAX_REQUEST_BYTES) {
    const message = `Batch requests cannot be longer than ${MAX_REQUEST_BYTES} bytes. You have sent ${total} bytes.`;
    throw new SqsError('BatchRequestTooLong', message);
  }
  return answerEach(entries, input => send(call, queue, input));
}

function send(call: SqsCall, queue: Queue, input: Input): Output {
  const body = requiredString(input, 'MessageBody');
  const attributes = readMessageAttributes(input, 'MessageAttributes');
  const maxBytes = Number(queue.values.MaximumMessageSize);
  if (sizeBytes(input) > maxBytes) {
    const message = `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`;
    throw new SqsError('InvalidParameterValue', message);
  }
  for (const text of [body, ...Object.values(attributes).map(item => item.StringValue ?? '')]) assertLegalText(text);
  if (optionalString(input, 'MessageDeduplicationId') !== undefined) {
    const message = 'The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.';
    throw new SqsError('InvalidParameterValue', message);
  }
  const content = { body, attributes, systemAttributes: systemAttributes(input) };
  const delaySeconds = optionalInteger(input, 'DelaySeconds', { min: 0, max: MAX_DELAY_SECONDS });
  const message = queue.send(content, { senderId: call.senderId, delaySeconds });
  return {
    MessageId: message.id,
    MD5OfMessageBody: createHash('md5').update(body).digest('hex'),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
}

function systemAttributes(input: Input): Readonly<Record<string, string>> {
  const group = optionalString(input, 'MessageGroupId');
  const trace = readMessageAttributes(input, 'MessageSystemAttributes').AWSTraceHeader?.StringValue;
  return {
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(trace === undefined ? {} : { AWSTraceHeader: trace }),
  };
}

function sizeBytes(input: Input): number {
  const body = optionalString(input, 'MessageBody') ?? '';
  return Buffer.byteLength(body) + attributesSizeBytes(readMessageAttributes(input, 'MessageAttributes'));
}
