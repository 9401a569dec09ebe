// The first object of a bucket is looked at before a worker starts, to tell a policy that lists and does not read. It may be broken by itself: then the
// worker starts, and moves all others. What every object would meet is said at the start.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../local/faults/fault-rule.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { type Bridge, SETTLE, startBridge } from './bridge.ts';
import { runWorkerToEnd } from './run-to-end.ts';

const FIRST = 'a first';
const SECOND = 'b second';
/** Two tries of each of the adapter's, with their waits, on a busy machine. */
const TIMEOUT_MILLISECONDS = 60_000;

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['is answered with 500', { kind: 'status', status: 500, code: 'InternalError' }],
  ['is answered with 400', { kind: 'status', status: 400, code: 'InvalidArgument' }],
  ['is denied', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['has no Last-Modified', { kind: 'header', name: 'last-modified', value: null }],
  ['resets its connection', { kind: 'reset', at: 'before' }],
];

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
  for (const key of [FIRST, SECOND]) await bridge.oss.put(key, Buffer.from(key));
});
afterAll(async () => {
  await bridge?.close();
});

function strike(fault: Fault): void {
  const id = bridge.cloud.faults.add({ service: 'oss', operation: ['HeadObject', 'GetObject'], key: FIRST, fault });
  onTestFinished(() => void bridge.cloud.faults.remove(id));
}

describe('a worker starts, says so, and moves what it can, where the first object', () => {
  test.each(FAULTS)(
    '%s',
    async (_name, fault) => {
      strike(fault);
      const log = (await bridge.workerLog()).length;
      const worker = await bridge.startWorker();
      await bridge.oss.put(SECOND, Buffer.from(`moved by ${worker.process.pid}`));
      const isMoved = async () => {
        const [from, to] = await Promise.all([bridge.source.find(SECOND), bridge.destination.find(SECOND)]);
        return from !== undefined && from.etag.toLowerCase() === to?.etag.toLowerCase();
      };
      await expect.poll(isMoved, SETTLE).toBe(true);
      expect((await bridge.workerLog()).slice(log)).toContain('its first object cannot be read');
      await worker.kill();
    },
    TIMEOUT_MILLISECONDS,
  );
});

describe('a worker does not start where the first object, and so each', () => {
  test.each([
    ['is refused by its bucket', { kind: 'status', status: 403, code: 'PublicEndpointForbidden' }, 'OSS_ENDPOINT'],
    ['comes from a cache', { kind: 'header', name: 'age', value: '7' }, 'OSS_ENDPOINT'],
  ] as const)('%s', async (_name, fault, sentence) => {
    strike(fault);
    const { code, stderr } = await runWorkerToEnd(bridge.environment);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain(LOCAL.ossCredentials.accessKeySecret);
  });
});
