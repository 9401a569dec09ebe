// A server in the place of a worker's API, which answers as a test says, and remembers what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Reply = (exchange: { readonly request: IncomingMessage; readonly response: ServerResponse }) => void;

export interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ApiStub {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Asked[];
}

/** One reply after the other; the last for all that follow. Closed after the test. */
export async function startApiStub(...replies: readonly [Reply, ...Reply[]]): Promise<ApiStub> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray().catch(() => []); // the client went away
    asked.push({
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    });
    const reply = replies[Math.min(asked.length, replies.length) - 1] ?? replies[0];
    reply({ request, response });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
}

export function problem(
  status: number,
  code: string,
  detail = 'Do this.',
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = { type: `urn:x:${code}`, title: 'Title', status, detail, code, instance: '/backfill', requestId: '1' };
  return json(body, status, { ...headers, 'content-type': 'application/problem+json' });
}

export function text(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return ({ response }) => void response.writeHead(status, { 'content-type': type, ...headers }).end(body);
}

export const reset: Reply = ({ request }) => void request.socket.resetAndDestroy();
export const silence: Reply = () => undefined;
/** Until the client has had enough. */
export const endless: Reply = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};
