// A worker that somebody is connected to and says nothing: it stops when it is told to, and a start that fails says why.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { type Bridge, startBridge } from './bridge.ts';

const MAIN = fileURLToPath(new URL('../../aws-worker/main.ts', import.meta.url));
/** The end of a poll, what connections are given, and a busy machine. */
const SOON_MILLISECONDS = 15_000;

const CONNECTIONS: readonly (readonly [string, string])[] = [
  ['has sent nothing', ''],
  ['has sent half of its headers', 'POST /backfill HTTP/1.1\r\nHost: worker\r\n'],
  [
    'has sent half of a body',
    `POST /backfill HTTP/1.1\r\nHost: worker\r\nAuthorization: Bearer ${LOCAL.apiToken}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"prefix"`,
  ],
];

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(async () => {
  await bridge?.close();
});

async function holdConnection({ onTestFinished }: TestContext, url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // the worker ended it
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  if (text !== '') await new Promise(resolve => socket.write(text, resolve));
}

function startWorker({ expect, onTestFinished }: TestContext, environment: Readonly<Record<string, string>>) {
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: { ...bridge.environment, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (printed += chunk));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    noteSecrets(printed, { origin: `output of a worker of ${expect.getState().testPath}` });
  });
  const url = () => /"message":"Listening\.","url":"([^"]+)"/.exec(printed)?.[1] ?? '';
  return { closed, printed: () => printed, url };
}

// The tests of each at the same time, since a worker waits for the end of a poll.
describe('a worker that works', () => {
  test.concurrent.for(CONNECTIONS)('ends with 0 after SIGTERM, while a connection %s', async ([, text], context) => {
    const { expect } = context;
    const worker = await bridge.startWorker({ SHUTDOWN_GRACE_SECONDS: '6' });
    await holdConnection(context, worker.url, text);
    const at = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - at).toBeLessThan(SOON_MILLISECONDS);
  });
});

describe('a worker that cannot start', () => {
  // Time for the connection, between listening and the look at the bucket.
  beforeAll(() => {
    const fault = { kind: 'latency', milliseconds: 1_500 } as const;
    const rule = bridge.cloud.faults.add({ service: 'oss', operation: 'ListObjectsV2', fault });
    return () => bridge.cloud.faults.remove(rule);
  });

  test.concurrent.for(CONNECTIONS)('says why and ends with 1, while a connection %s', async ([, text], context) => {
    const { expect } = context;
    const worker = startWorker(context, { OSS_BUCKET: 'no-such-bucket' });
    await expect.poll(worker.url, { timeout: 15_000 }).not.toBe('');
    await holdConnection(context, worker.url(), text);
    const at = performance.now();
    expect(await worker.closed).toBe(1);
    expect(performance.now() - at).toBeLessThan(SOON_MILLISECONDS);
    expect(worker.printed()).toContain('Check OSS_BUCKET');
  });
});
