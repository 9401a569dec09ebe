// The function: `index.handler`. Clients are made at an instance's first event and serve all the later ones, so their connections are
// reused. There is no initializer on purpose: what is wrong with the configuration is thrown by the handler, and so goes the documented
// way of a failed event (retries, then the failure destination) instead of holding the instance back.
// https://www.alibabacloud.com/help/en/functioncompute/fc/request-handlers

import type { Environment } from '../shared/environment.ts';
import { createLog } from '../shared/log.ts';
import { readConfig } from './config.ts';
import { type EventSummary, type HandleOptions, handleOssEvent } from './handle-oss-event.ts';
import { createSqsClient, createSqsMessageSender } from './sqs-message-sender.ts';

/** What Function Compute calls; `event` is a Buffer there. Every failure is thrown. */
export type Handler = (event: unknown, context?: unknown) => Promise<EventSummary>;

/** A handler that reads this environment at its first event. */
export function createHandler(environment: Environment): Handler {
  let options: HandleOptions | undefined;
  return async (event, context) => {
    options ??= createOptions(environment);
    return handleOssEvent(event, { ...options, log: options.log.with(requestFields(context)) });
  };
}

export const handler: Handler = createHandler(process.env);

function createOptions(environment: Environment): HandleOptions {
  const config = readConfig(environment);
  const client = createSqsClient(config);
  return {
    sender: createSqsMessageSender({ client, queueUrl: config.queueUrl, region: config.region }),
    followSymlinks: config.followSymlinks,
    log: createLog({ level: config.logLevel }),
  };
}

function requestFields(context: unknown): { readonly requestId?: string } {
  if (typeof context !== 'object' || context === null || !('requestId' in context)) return {};
  return typeof context.requestId === 'string' ? { requestId: context.requestId } : {};
}
