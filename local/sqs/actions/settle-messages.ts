import type { Queue } from '../queue.ts';
import { MAX_VISIBILITY_SECONDS } from '../queue-attributes.ts';
import { type Input, optionalInteger, requiredString } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { missingParameter } from '../sqs-error.ts';
import { answerEach, readEntries } from './batch.ts';

export function deleteMessage({ account, input }: SqsCall): Output {
  return deleteOne(account.byUrl(requiredString(input, 'QueueUrl')), input);
}

export function deleteMessageBatch({ account, input }: SqsCall): Output {
  const queue = account.byUrl(requiredString(input, 'QueueUrl'));
  return answerEach(readEntries(input), entry => deleteOne(queue, entry));
}

export function changeMessageVisibility({ account, input }: SqsCall): Output {
  return changeOne(account.byUrl(requiredString(input, 'QueueUrl')), input);
}

export function changeMessageVisibilityBatch({ account, input }: SqsCall): Output {
  const queue = account.byUrl(requiredString(input, 'QueueUrl'));
  return answerEach(readEntries(input), entry => changeOne(queue, entry));
}

function deleteOne(queue: Queue, input: Input): Output {
  queue.delete(requiredString(input, 'ReceiptHandle'));
  return {};
}

function changeOne(queue: Queue, input: Input): Output {
  const seconds = optionalInteger(input, 'VisibilityTimeout', { min: 0, max: MAX_VISIBILITY_SECONDS });
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  queue.changeVisibility(requiredString(input, 'ReceiptHandle'), seconds);
  return {};
}
