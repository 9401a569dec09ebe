// Stands between a client and a server: counts the requests, and has go wrong what a network and a cloud can let go wrong with each, whatever the
// service. The Host header goes through untouched, so signatures hold.

import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type RelayFault =
  /** The server never sees it. */
  | 'cut'
  /** The server has done it, and nobody hears of it. */
  | 'lose-answer'
  /** Answered in the server's place. */
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export interface RelayRequest {
  readonly method: string;
  readonly url: string;
  readonly target: string | undefined;
  readonly body: string;
}

export interface HttpRelay {
  readonly origin: string;
  close(): Promise<void>;
}

export async function startHttpRelay(options: {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Undefined: it goes through. */
  readonly decide: (request: RelayRequest) => RelayFault | undefined;
}): Promise<HttpRelay> {
  const server = createServer((request, response) => {
    // A client or a server that goes away ends the exchange, which is what a relay is asked for.
    void relay(request, response, options).catch(() => request.socket.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  { origin, decide }: Parameters<typeof startHttpRelay>[0],
): Promise<void> {
  const body = await buffer(request);
  const { method = '', url = '', headers } = request;
  const fault = decide({ method, url, target: headers['x-amz-target']?.toString(), body: body.toString() });
  if (fault === 'cut') {
    request.socket.destroy();
    return;
  }
  if (typeof fault === 'object') {
    response.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  const answer = await send(`${origin}${url}`, { method, headers, body });
  if (fault === 'lose-answer') {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function send(
  url: string,
  { method, headers, body }: { method: string; headers: IncomingMessage['headers']; body: Buffer },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, answer => {
      const { statusCode: status = 502 } = answer;
      buffer(answer).then(bytes => resolve({ status, headers: answer.headers, body: bytes }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
}
