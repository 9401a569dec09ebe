// A stop does not wait for whoever has connected and says nothing: Node waits for such a connection as long as it is open.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGate } from '../../../acceptance/gate.ts';
import { API_TOKEN, openApp, type TestApp } from './app-fixture.ts';

const SOON_MILLISECONDS = 3_000;
const HEAD = `POST /backfill HTTP/1.1\r\nHost: worker\r\nAuthorization: Bearer ${API_TOKEN}\r\nContent-Type: application/json\r\n`;

async function openConnection({ app }: TestApp, text: string): Promise<Socket> {
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const accepted = once(app.server, 'connection');
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined); // the app ended it
  onTestFinished(() => void socket.destroy());
  await accepted;
  socket.write(text);
  return socket;
}

describe('the app ends soon while a connection is open', () => {
  test.each([
    ['that has sent nothing', ''],
    ['that has sent half a request line', 'GET /liv'],
    ['that has sent half of its headers', HEAD],
    ['that has sent half of a body', `${HEAD}Content-Length: 100\r\n\r\n{"prefix"`],
  ])('%s', async (_name, text) => {
    const opened = await openApp();
    const socket = await openConnection(opened, text);
    const closedByApp = once(socket.resume(), 'close');
    const at = performance.now();
    await opened.app.close();
    await closedByApp;
    expect(performance.now() - at).toBeLessThan(SOON_MILLISECONDS);
  });
});

test('an answer under way is given before the app ends', async () => {
  const gate = createGate();
  const opened = await openApp({
    readiness: async () => {
      await gate.pass();
      return [];
    },
  });
  const socket = await openConnection(opened, 'GET /readyz HTTP/1.1\r\nHost: worker\r\n\r\n');
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  await expect.poll(() => gate.waiting).toBe(1);
  const closing = opened.app.close();
  setTimeout(() => gate.open(), 100);
  await closing;
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 /);
});
