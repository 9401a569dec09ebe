// SIGTERM while a worker is still starting: it ends the start, however long a cloud does not answer, and leaves nothing behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { type Bridge, openUploads, startBridge } from './bridge.ts';

const MAIN = fileURLToPath(new URL('../../aws-worker/main.ts', import.meta.url));
/** A few requests and a process that ends, on a busy machine. */
const SOON_MILLISECONDS = 5_000;
const GOES_ON_AFTER_MILLISECONDS = 2_500;

let bridge: Bridge;
beforeEach(async () => {
  bridge = await startBridge();
});
afterEach(async () => {
  await bridge?.close();
});

/** Takes connections and never answers. */
async function startSilentServer() {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    socket.on('error', () => undefined); // the worker went away
    sockets.push(socket.resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isAsked: () => sockets.length > 0,
  };
}

function start(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...bridge.environment, PORT: '0', LOG_LEVEL: 'debug', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += chunk));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    noteSecrets(printed, { origin: `output of a worker of ${expect.getState().testPath}` });
  });
  return {
    printed: () => printed,
    /** SIGTERM; its exit code, and how long it took. */
    async stop() {
      const at = performance.now();
      child.kill('SIGTERM');
      const code = await closed;
      return { code, milliseconds: performance.now() - at };
    },
  };
}

test('ends with 0 while a command does not print the key for OSS, and ends the command', async () => {
  const begun = join(bridge.folder, 'begun');
  const mark = join(bridge.folder, 'went-on');
  const worker = start({
    OSS_ACCESS_KEY_ID: '',
    OSS_ACCESS_KEY_SECRET: '',
    OSS_CREDENTIALS_COMMAND: `touch '${begun}'; { sleep ${GOES_ON_AFTER_MILLISECONDS / 1000}; touch '${mark}'; } | cat`,
  });
  await expect.poll(() => existsSync(begun), { timeout: 15_000 }).toBe(true);
  const { code, milliseconds } = await worker.stop();
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(SOON_MILLISECONDS);
  await setTimeout(GOES_ON_AFTER_MILLISECONDS);
  expect(existsSync(mark)).toBe(false);
});

test.each([
  ['SQS', (endpoint: string) => ({ AWS_ENDPOINT_URL_SQS: endpoint })],
  ['OSS', (endpoint: string) => ({ OSS_ENDPOINT: endpoint })],
])('ends with 0 while %s does not answer', async (_, point) => {
  const silent = await startSilentServer();
  const worker = start(point(silent.endpoint));
  await expect.poll(silent.isAsked, { timeout: 15_000 }).toBe(true);
  const { code, milliseconds } = await worker.stop();
  expect(worker.printed()).toContain('Stopped before the start was complete.');
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(SOON_MILLISECONDS);
});

test('ends with 0 while it waits to try again what was answered with errors', async () => {
  bridge.cloud.faults.add({ service: 'sqs', fault: { kind: 'status', status: 500 } });
  const worker = start({});
  await expect.poll(worker.printed, { timeout: 15_000 }).toContain('A check at start is tried again.');
  expect(await worker.stop()).toMatchObject({ code: 0 });
});

test('removes what it had written to try the bucket', async () => {
  const rule = bridge.cloud.faults.add({
    service: 's3',
    operation: 'UploadPart',
    fault: { kind: 'latency', milliseconds: 60_000, at: 'before-effect' },
  });
  const worker = start({});
  const struck = () => bridge.cloud.faults.list().some(({ id, struck: times }) => id === rule && times > 0);
  await expect.poll(struck, { timeout: 15_000 }).toBe(true);
  expect(await openUploads(bridge)).toHaveLength(1);
  expect(await worker.stop()).toMatchObject({ code: 0 });
  expect(await openUploads(bridge)).toEqual([]);
  expect(await bridge.destination.list({ prefix: '', startAfter: '', limit: 1 })).toEqual([]);
  expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toEqual([]);
});
