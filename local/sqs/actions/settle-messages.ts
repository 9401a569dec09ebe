import type { Queue } from '../queue.ts';
import { MAX_VISIBILITY_SECONDS } from '../queue-attributes.ts';
import { type Input, optionalInteger, requiredString } from '../read-input.ts';
import { parseReceiptHandle } from '../receipt-handle.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { missingParameter } from '../sqs-error.ts';
import { answerEach, type BatchEntry, readEntries } from './batch.ts';

export function deleteMessage(call: SqsCall): Output {
  return deleteOne(queueOf(call, [call.input]), call.input);
}

export function deleteMessageBatch(call: SqsCall): Output {
  const entries = readEntries(call.input);
  const queue = queueOf(call, inputsOf(entries));
  return answerEach(entries, entry => deleteOne(queue, entry));
}

export function changeMessageVisibility(call: SqsCall): Output {
  return changeOne(queueOf(call, [call.input]), call.input);
}

export function changeMessageVisibilityBatch(call: SqsCall): Output {
  const entries = readEntries(call.input);
  const queue = queueOf(call, inputsOf(entries));
  return answerEach(entries, entry => changeOne(queue, entry));
}

/** The queue; the handles that the request names have expired by then, where that was asked for. */
function queueOf(call: SqsCall, inputs: readonly Input[]): Queue {
  const queue = call.account.byUrl(requiredString(call.input, 'QueueUrl'));
  if (call.faultOf('expire') === undefined) return queue;
  for (const handle of inputs.map(({ ReceiptHandle }) => ReceiptHandle)) {
    if (typeof handle === 'string' && parseReceiptHandle(handle)?.queueName === queue.name) queue.expire(handle);
  }
  return queue;
}

function inputsOf(entries: readonly BatchEntry[]): readonly Input[] {
  return entries.map(({ input }) => input);
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
