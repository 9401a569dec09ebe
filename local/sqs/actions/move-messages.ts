import { optionalInteger, optionalString, requiredString } from '../read-input.ts';
import type { Output, SqsCall } from '../sqs-call.ts';
import { SqsError } from '../sqs-error.ts';

const MAX_MESSAGES_PER_SECOND = 500;
const MAX_RESULTS = 10;

export function startMessageMoveTask({ moveTasks, input }: SqsCall): Output {
  optionalInteger(input, 'MaxNumberOfMessagesPerSecond', { min: 1, max: MAX_MESSAGES_PER_SECOND });
  const task = moveTasks.start(requiredString(input, 'SourceArn'), optionalString(input, 'DestinationArn'));
  return { TaskHandle: task.handle };
}

export function listMessageMoveTasks({ moveTasks, input }: SqsCall): Output {
  const maxResults = optionalInteger(input, 'MaxResults', { min: 1, max: MAX_RESULTS }) ?? 1;
  const tasks = moveTasks.list(requiredString(input, 'SourceArn')).slice(0, maxResults);
  return {
    Results: tasks.map(task => ({
      Status: 'COMPLETED',
      SourceArn: task.sourceArn,
      DestinationArn: task.destinationArn,
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      StartedTimestamp: task.startedAt,
    })),
  };
}

/** Tasks complete at once, so there is never one to cancel. */
export function cancelMessageMoveTask({ input }: SqsCall): Output {
  requiredString(input, 'TaskHandle');
  throw new SqsError('ResourceNotFound', 'Task does not exist, or is not running any more.');
}
