// Sends messages with SendMessageBatch. A batch that SQS answers with 200 may still have refused some of its entries, and an entry counts
// as sent only when SQS lists it among the accepted ones. The others are sent again, with a pause that grows, until they are accepted or
// the budget of tries or of time is spent; then it throws, and Function Compute's own retries take over.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type BackoffOptions, backoffMilliseconds, wait } from '../shared/backoff.ts';
import { BridgeError } from '../shared/bridge-error.ts';
import { formatMessage } from '../shared/messages/format-message.ts';
import type { Config } from './config.ts';
import type { MessageSender } from './handle-oss-event.ts';
import { planBatches } from './plan-batches.ts';
import { sqsFailure } from './sqs-failure.ts';

export interface SqsSenderOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly region: string;
  /** How often an entry is offered to SQS. */
  readonly maxTries?: number;
  /** For one event, all its batches, tries and pauses together. Less than the function's timeout, so that it is we who say why. */
  readonly budgetMilliseconds?: number;
  readonly backoff?: BackoffOptions;
}

const MAX_TRIES = 5;
const BUDGET_MILLISECONDS = 20_000;
const BACKOFF = { baseMilliseconds: 200, maximumMilliseconds: 3_000 };

const CONNECTION_TIMEOUT_MILLISECONDS = 3_000;
const REQUEST_TIMEOUT_MILLISECONDS = 8_000;
/** The SDK's own tries of a call that failed as a whole: throttled, a 5xx, the network. */
const CALL_MAX_ATTEMPTS = 3;

export function createSqsClient(config: Config): SQSClient {
  return new SQSClient({
    region: config.region,
    endpoint: config.endpoint,
    credentials: config.credentials,
    maxAttempts: CALL_MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  });
}

export function createSqsMessageSender(options: SqsSenderOptions): MessageSender {
  const { maxTries = MAX_TRIES, budgetMilliseconds = BUDGET_MILLISECONDS, backoff = BACKOFF } = options;
  return {
    async send(messages) {
      const signal = AbortSignal.timeout(budgetMilliseconds);
      let bodies: readonly string[] = messages.map(formatMessage);
      for (let attempt = 0; ; attempt++) {
        const refused = await sendAll(bodies, options, signal);
        if (refused.length === 0) return;
        const pause = backoffMilliseconds(attempt, backoff);
        if (attempt + 1 >= maxTries || !(await paused(pause, signal))) throw rejected(refused, messages.length);
        bodies = refused.map(entry => entry.body);
      }
    },
  };
}

interface RefusedEntry {
  readonly body: string;
  readonly reason: string;
}

/** Sends every batch once; returns what SQS did not accept. */
async function sendAll(
  bodies: readonly string[],
  options: SqsSenderOptions,
  abortSignal: AbortSignal,
): Promise<RefusedEntry[]> {
  const refused: RefusedEntry[] = [];
  for (const batch of planBatches(bodies)) {
    const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const command = new SendMessageBatchCommand({ QueueUrl: options.queueUrl, Entries });
    const answer = await options.client.send(command, { abortSignal }).catch((error: unknown) => {
      throw sqsFailure(error, options);
    });
    const accepted = new Set(answer.Successful?.map(entry => entry.Id));
    const failures = new Map(answer.Failed?.map(entry => [entry.Id, entry.Code]));
    for (const { Id, MessageBody } of Entries) {
      if (!accepted.has(Id)) refused.push({ body: MessageBody, reason: failures.get(Id) ?? 'not answered' });
    }
  }
  return refused;
}

/** False when the budget ends before the pause does. */
async function paused(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(milliseconds, signal);
    return true;
  } catch {
    return false; // The only thing that aborts is the budget.
  }
}

function rejected(refused: readonly RefusedEntry[], count: number): BridgeError {
  const reasons = [...new Set(refused.map(entry => entry.reason))].sort().join(', ');
  return new BridgeError({
    kind: 'retryable',
    code: 'queue-rejected',
    message: `SQS did not accept ${refused.length} of ${count} messages: ${reasons}. The event is retried; if this goes on, look the codes up in the SQS API reference.`,
  });
}
