// Whatever a caller, a message or an object names, the worker talks to the hosts of its configuration alone. A listener that everything below
// points at hears of nobody.

import { once } from 'node:events';
import { createServer, connect as openSocket, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, deadLetters, startBridge } from './bridge.ts';
import { request, runBackfill } from './worker-api.ts';

let bridge: Bridge;
let worker: WorkerProcess;
let elsewhere: Server;
/** `127.0.0.1:PORT` of the listener. */
let host: string;
let visits = 0;

beforeAll(async () => {
  elsewhere = createServer(socket => {
    visits++;
    socket.destroy();
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const address = elsewhere.address();
  host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  bridge = await startBridge();
  worker = await bridge.startWorker();
});
afterEach(() => {
  expect(visits).toBe(0);
});
afterAll(async () => {
  await bridge?.close();
  elsewhere?.close();
});

test('the listener hears of whoever comes', async () => {
  const answer = await fetch(`http://${host}/`).catch(() => undefined);
  expect([answer, visits]).toEqual([undefined, 1]);
  visits = 0;
});

/** OSS takes no key that begins with a slash. */
const namesOf = (target: string) => [`http://${target}/x`, `:80@${target}/x`, `..//${target}/x`, `../../${target}/x`];

describe('POST /backfill', () => {
  test('takes a prefix for the beginning of keys, whatever it looks like', async () => {
    for (const prefix of namesOf(host)) {
      await seedStore(bridge.source, [{ key: `${prefix}/y`, sizeBytes: 10, metadata: {} }]);
      expect(await runBackfill(worker, { prefix })).toMatchObject({ prefix, found: 1, copied: 1 });
      expect(await bridge.destination.find(`${prefix}/y`)).toMatchObject({ sizeBytes: 10 });
    }
  });

  test.each(['endpoint', 'bucket', 'host', 'url', 'source', 'destination', 'queueUrl', 'callback', '__proto__'])(
    'knows no field `%s`',
    async field => {
      for (const value of [`http://${host}`, { endpoint: `http://${host}` }]) {
        const body = `{${JSON.stringify(field)}:${JSON.stringify(value)}}`;
        const headers = { 'content-type': 'application/json' };
        const { status } = await request(worker, 'POST /backfill', { headers, body });
        expect(status).toBe(400);
      }
    },
  );

  test.each(['mode', 'force'])('takes no address for `%s`', async field => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ [field]: `http://${host}` });
    expect((await request(worker, 'POST /backfill', { headers, body })).status).toBe(400);
  });

  test('answers with its own path, whatever the headers name', async () => {
    const headers = {
      'idempotency-key': `http://${host}/`,
      'x-forwarded-host': host,
      'x-forwarded-for': host,
      forwarded: `host=${host};proto=http`,
      'x-original-url': `http://${host}/`,
      referer: `http://${host}/`,
    };
    const answer = await request(worker, 'POST /backfill', { headers });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toMatch(/^\/backfill\/[\w-]+$/);
  });
});

test.each([
  ['/status', 401],
  ['/no-such-address', 401],
  ['/livez', 200],
])('a request for %s of another host, as a proxy gets it, is answered here: %i', async (path, status) => {
  const answer = await exchange(`GET http://${host}${path} HTTP/1.1\r\nHost: ${host}`);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test('no tunnel is made', async () => {
  expect(await exchange(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}`)).toBe('');
});

/** The whole of what the worker answers to this head, byte for byte. */
async function exchange(head: string): Promise<string> {
  const socket = openSocket(Number(new URL(worker.url).port), '127.0.0.1');
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  return await text(socket);
}

describe('a message', () => {
  async function deliver(message: object): Promise<void> {
    const QueueUrl = bridge.cloud.sqs.queueUrl(LOCAL.liveQueue);
    await bridge.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  }

  test('names keys, and nothing else', async () => {
    const keys = namesOf(host).map(name => `${name}/live`);
    await seedStore(
      bridge.source,
      keys.map(key => ({ key, sizeBytes: 20, metadata: { location: `http://${host}/`, endpoint: host } })),
    );
    for (const key of keys) await deliver({ key, etag: `http://${host}`, eventTime: host, sequencer: host });
    await bridge.untilQuiet();
    for (const key of keys) expect(await bridge.destination.find(key)).toMatchObject({ sizeBytes: 20 });
    expect(deadLetters(bridge)).toEqual([]);
  });

  test('of another bucket, with a field that it does not have, or a key that cannot be, is a dead letter', async () => {
    const key = 'somewhere';
    const foreign = [
      { key, bucket: host },
      { key, bucket: `${LOCAL.ossBucket}@${host}` },
      { key, endpoint: `http://${host}` },
      { key, region: host },
      { key: `//${host}/x` },
      { backfill: `//${host}`, batch: 'b', from: '', to: '' },
      { backfill: 'b', range: `http://${host}` },
    ];
    for (const message of foreign) await deliver(message);
    await bridge.untilQuiet();
    expect(deadLetters(bridge).map(({ body }) => JSON.parse(body))).toEqual(expect.arrayContaining(foreign));
    expect(deadLetters(bridge)).toHaveLength(foreign.length);
  });
});
