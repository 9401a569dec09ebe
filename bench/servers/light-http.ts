// An HTTP/1.1 server that costs as little as Node allows: a request is its head, its body is swallowed unread (unless it is asked for),
// the answer is bytes that are ready. It knows Content-Length and Expect; chunked bodies, pipelining and errors it does not.

import { createServer, type Server, type Socket } from 'node:net';

export interface LightRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** @param name lower-case */
  header(name: string): string | undefined;
  readonly contentLengthBytes: number;
}

export interface LightAnswer {
  /** The status line and the headers, to the empty line. */
  readonly head: string;
  readonly body?: Iterable<Buffer>;
}

export interface LightServer {
  readonly port: number;
  close(): void;
}

const HEAD_END = '\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

export async function startLightServer(answer: (request: LightRequest) => LightAnswer): Promise<LightServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a client that hangs up: it does so at its end, and after a discarded body
    serve(socket, answer);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, answer: (request: LightRequest) => LightAnswer): void {
  let pending: Buffer | undefined;
  let request: LightRequest | undefined;
  let bodyBytesLeft = 0;
  socket.on('data', (chunk: Buffer) => {
    if (request === undefined) {
      const bytes: Buffer = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      const end = bytes.indexOf(HEAD_END);
      pending = end === -1 ? bytes : undefined;
      if (end === -1) return;
      request = readHead(bytes.toString('latin1', 0, end + 2));
      bodyBytesLeft = request.contentLengthBytes - (bytes.length - end - HEAD_END.length);
      if (bodyBytesLeft > 0 && request.header('expect') !== undefined) socket.write(CONTINUE);
    } else {
      bodyBytesLeft -= chunk.length;
    }
    if (bodyBytesLeft > 0) return;
    const { head, body } = answer(request);
    request = undefined;
    send(socket, head, body?.[Symbol.iterator]());
  });
}

function readHead(head: string): LightRequest {
  const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ');
  const lowerCase = head.toLowerCase();
  const header = (name: string): string | undefined => {
    const start = lowerCase.indexOf(`\r\n${name}:`);
    if (start === -1) return undefined;
    const from = start + name.length + 3;
    return head.slice(from, head.indexOf('\r\n', from)).trim();
  };
  return { method, path, header, contentLengthBytes: Number(header('content-length') ?? 0) };
}

function send(socket: Socket, head: string, body: Iterator<Buffer> | undefined): void {
  if (body === undefined) {
    socket.write(head, 'latin1');
    return;
  }
  socket.cork();
  socket.write(head, 'latin1');
  pump(socket, body);
  socket.uncork();
}

function pump(socket: Socket, body: Iterator<Buffer>): void {
  while (!socket.destroyed) {
    const next = body.next();
    if (next.done === true) return;
    if (!socket.write(next.value)) {
      socket.once('drain', () => pump(socket, body));
      return;
    }
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
