import { expect, it } from 'vitest';
import { createFunctionCompute, type FunctionComputeOptions } from '../../../local/function-compute.ts';
import type { OssEvent } from '../../../local/oss/oss-event.ts';

const EVENT: OssEvent = { events: [] };
const REFUSED = new Error('SQS is away');

/** Retries without a pause; `idle` resolves when nothing is left to be handled. */
function start(options: Partial<FunctionComputeOptions>) {
  const failures: { readonly event: OssEvent; readonly error: unknown }[] = [];
  const functionCompute = createFunctionCompute({
    handler: async () => undefined,
    retryDelayMilliseconds: 0,
    onFailure: (event, error) => void failures.push({ event, error }),
    ...options,
  });
  const idle = async () => {
    while (functionCompute.pending > 0) await new Promise(resolve => setImmediate(resolve));
  };
  return { functionCompute, failures, idle };
}

it('hands the event over as the JSON bytes that Function Compute gives', async () => {
  const received: unknown[] = [];
  const { functionCompute, failures, idle } = start({
    handler: async event => {
      expect(Buffer.isBuffer(event)).toBe(true);
      received.push(JSON.parse(event.toString('utf8')));
    },
  });
  functionCompute.invoke(EVENT);
  await idle();
  expect(received).toEqual([EVENT]);
  expect(failures).toEqual([]);
  expect(functionCompute.invocations).toBe(1);
});

it('tries again what the handler throws, until it succeeds', async () => {
  let calls = 0;
  const { functionCompute, failures, idle } = start({
    handler: async () => {
      calls++;
      if (calls < 3) throw REFUSED;
    },
  });
  functionCompute.invoke(EVENT);
  await idle();
  expect(calls).toBe(3);
  expect(functionCompute.invocations).toBe(3);
  expect(failures).toEqual([]);
});

it('gives the event to the failure destination after the last of three retries', async () => {
  const { functionCompute, failures, idle } = start({ handler: () => Promise.reject(REFUSED) });
  functionCompute.invoke(EVENT);
  await idle();
  expect(functionCompute.invocations).toBe(4);
  expect(failures).toEqual([{ event: EVENT, error: REFUSED }]);
});

it('goes on with the other events when one fails', async () => {
  let calls = 0;
  const { functionCompute, failures, idle } = start({
    maxRetries: 0,
    maxConcurrentInvocations: 1,
    handler: async () => {
      calls++;
      if (calls === 1) throw REFUSED;
    },
  });
  for (let count = 0; count < 3; count++) functionCompute.invoke(EVENT);
  await idle();
  expect(calls).toBe(3);
  expect(failures).toHaveLength(1);
});

it('runs no more at a time than it is allowed, and counts those that wait as pending', async () => {
  let running = 0;
  let most = 0;
  const { functionCompute, idle } = start({
    maxConcurrentInvocations: 2,
    handler: async () => {
      most = Math.max(most, ++running);
      await new Promise(resolve => setImmediate(resolve));
      running--;
    },
  });
  for (let count = 0; count < 7; count++) functionCompute.invoke(EVENT);
  expect(functionCompute.pending).toBe(7);
  await idle();
  expect(most).toBe(2);
  expect(functionCompute.invocations).toBe(7);
  expect(functionCompute.pending).toBe(0);
});
