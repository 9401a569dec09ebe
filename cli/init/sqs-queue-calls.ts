// What init asks of SQS about one queue, by name.

import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { BridgeError } from '../../shared/bridge-error.ts';
import { type AwsConnection, callAws, clientConfig, hasAwsCode } from './aws-connection.ts';
import type { AwsRequest } from './aws-errors.ts';
import type { Attributes } from './compare-attributes.ts';

export interface QueueCalls {
  /** Undefined when there is none. */
  findUrl(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Undefined when it is gone. */
  read(url: string, signal: AbortSignal): Promise<Attributes | undefined>;
  /**
   * Undefined when the dead-letter queue that it names is not known yet. May be repeated: one with the same attributes is no error.
   * @throws BridgeError `queue-deleted-recently`, `queue-made-meanwhile`
   */
  create(name: string, attributes: Attributes, signal: AbortSignal): Promise<string | undefined>;
  change(url: string, attributes: Attributes, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function connectSqs(connection: AwsConnection): QueueCalls {
  const client = new SQSClient(clientConfig(connection, 'SQS'));
  return {
    findUrl: (name, signal) =>
      unlessMissing(async () => {
        const command = new GetQueueUrlCommand({ QueueName: name });
        return (await callAws(requestOf('GetQueueUrl', name), signal, options => client.send(command, options)))
          .QueueUrl;
      }),
    read: (url, signal) =>
      unlessMissing(async () => {
        const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
        const answer = await callAws(requestOf('GetQueueAttributes', url), signal, options =>
          client.send(command, options),
        );
        return answer.Attributes ?? {};
      }),
    async create(name, attributes, signal) {
      const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
      try {
        const answer = await callAws(requestOf('CreateQueue', name), signal, options => client.send(command, options));
        return answer.QueueUrl;
      } catch (error) {
        if (isDeadLetterQueueUnknown(error)) return undefined;
        throw explainRefusal(error, name);
      }
    },
    async change(url, attributes, signal) {
      const command = new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes });
      await callAws(requestOf('SetQueueAttributes', url), signal, options => client.send(command, options));
    },
    close: () => client.destroy(),
  };
}

function requestOf(operation: string, resource: string): AwsRequest {
  return { operation: `SQS ${operation}`, action: `sqs:${operation}`, resource };
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasAwsCode(error, 'QueueDoesNotExist', 'NonExistentQueue')) return undefined;
    throw error;
  }
}

function isDeadLetterQueueUnknown(error: unknown): boolean {
  return error instanceof BridgeError && /dead letter target does not exist/i.test(error.message);
}

function explainRefusal(error: unknown, name: string): unknown {
  if (hasAwsCode(error, 'QueueDeletedRecently')) {
    return new BridgeError({
      kind: 'retryable',
      code: 'queue-deleted-recently',
      message: `A queue ${name} was deleted less than 60 seconds ago, and SQS lets nobody use its name before that. Wait a minute and run init again.`,
      cause: error,
    });
  }
  if (hasAwsCode(error, 'QueueNameExists', 'QueueAlreadyExists')) {
    return new BridgeError({
      kind: 'permanent',
      code: 'queue-made-meanwhile',
      message: `Somebody made a queue ${name} with other settings while init ran. Run init again: it shows the differences.`,
      cause: error,
    });
  }
  if (error instanceof BridgeError && /parameter Policy/i.test(error.message)) {
    return new BridgeError({
      kind: 'permanent',
      code: 'queue-policy-refused',
      message: `SQS does not take the policy of queue ${name}. The user that it names has to exist: make it first (aws iam create-user), or leave --function-user out; within one account the user's own policy is enough. ${error.message}`,
      cause: error,
    });
  }
  return error;
}
