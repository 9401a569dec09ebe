// `bridge worker`, as the image and `npx` run it.

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, startBridge } from './bridge.ts';
import { runCli } from './run-cli.ts';
import { runWorkerToEnd } from './run-to-end.ts';

const BRIDGE = fileURLToPath(new URL('../../cli/bridge.ts', import.meta.url));

let bridge: Bridge;
let worker: WorkerProcess | undefined;
beforeEach(async () => {
  bridge = await startBridge();
  worker = undefined;
});
afterEach(async () => {
  await worker?.kill();
  await bridge.close();
});

test('moves objects, and drains at SIGTERM', async () => {
  await seedStore(bridge.source, [{ key: 'k', sizeBytes: 10, metadata: {} }]);
  const program = [BRIDGE, 'worker'];
  worker = await startWorkerProcess({
    environment: bridge.environment,
    port: 0,
    logFile: `${bridge.folder}/worker.log`,
    program,
  });
  expect(await runCli(worker, 'backfill', 'start', '--watch')).toMatchObject({ code: 0 });
  expect(await bridge.destination.find('k')).toBeDefined();
  expect(await worker.stop()).toBe(0);
  expect(await bridge.workerLog()).toMatch(/"message":"Draining\."[\s\S]*"message":"Stopped\."/);
});

test('lists all that is wrong with the environment, and ends with 2', async () => {
  const { code, stdout, stderr } = await runWorkerToEnd({}, [process.execPath, BRIDGE, 'worker']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^8 things to mend in the environment:\n/);
});

test('ends with 1 and a sentence when a cloud refuses it', async () => {
  const environment = { ...bridge.environment, S3_BUCKET: 'no-such-bucket' };
  const { code, stderr } = await runWorkerToEnd(environment, [process.execPath, BRIDGE, 'worker']);
  expect(code).toBe(1);
  expect(stderr).toContain('no-such-bucket');
});
