// Function Compute's asynchronous invocation, as far as the bridge depends on it: every event of the bucket, one call each, in no order; what the handler
// throws is tried again with a delay, and after the last try the event goes to the failure destination.
// https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2

import { setTimeout as delay } from 'node:timers/promises';
import type { OssEvent } from './oss/oss-event.ts';

export interface FunctionComputeOptions {
  readonly handler: (event: Buffer) => Promise<unknown>;
  readonly maxRetries?: number;
  readonly retryDelayMilliseconds?: number;
  readonly maxConcurrentInvocations?: number;
  /** The failure destination. */
  readonly onFailure: (event: OssEvent, error: unknown) => void;
}

export interface FunctionCompute {
  invoke(event: OssEvent): void;
  /** Events that were not handled yet. */
  readonly pending: number;
  readonly invocations: number;
}

export function createFunctionCompute(options: FunctionComputeOptions): FunctionCompute {
  const { maxRetries = 3, retryDelayMilliseconds = 500, maxConcurrentInvocations = 100 } = options;
  const waiting: OssEvent[] = [];
  let running = 0;
  let invocations = 0;

  const handle = async (event: OssEvent) => {
    for (let attempt = 0; ; attempt++) {
      try {
        invocations++;
        await options.handler(Buffer.from(JSON.stringify(event)));
        return;
      } catch (error) {
        if (attempt === maxRetries) return options.onFailure(event, error);
        await delay(retryDelayMilliseconds * 2 ** attempt);
      }
    }
  };
  const next = () => {
    while (running < maxConcurrentInvocations) {
      const event = waiting.shift();
      if (event === undefined) return;
      running++;
      void handle(event).finally(() => {
        running--;
        next();
      });
    }
  };
  return {
    invoke(event) {
      waiting.push(event);
      next();
    },
    get pending() {
      return waiting.length + running;
    },
    get invocations() {
      return invocations;
    },
  };
}
