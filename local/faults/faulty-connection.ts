// The one connection that faults are done to: what ends it, and who notices.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connection was ended on purpose: nothing is left to answer. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded';

  constructor() {
    super('A fault that was asked for has ended the connection.');
  }
}

export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** RST; what the client has not got yet is lost. */
export function resetConnection(exchange: HttpExchange): void {
  socketOf(exchange)?.resetAndDestroy();
}

/** FIN, after all that was written. */
export function hangUp(exchange: HttpExchange): void {
  socketOf(exchange)?.destroySoon();
}

/** Sends the head without waiting for the first byte of the body. Resolves when it has left this process, or the client has. */
export function sendHead(exchange: HttpExchange): Promise<void> {
  const socket = socketOf(exchange);
  if (socket === undefined) return Promise.resolve();
  exchange.response.flushHeaders();
  return new Promise(resolve => {
    socket.write('', () => resolve());
  });
}

/** Undefined when the client is gone: Node then takes the socket away, whatever the type says. */
function socketOf({ request }: HttpExchange): Socket | undefined {
  const socket: Socket | null = request.socket;
  return socket === null || socket.destroyed ? undefined : socket;
}

/** Aborted when the response is over, or its connection. */
export function closedSignal({ response }: HttpExchange): AbortSignal {
  const closed = new AbortController();
  if (response.closed) closed.abort();
  else response.once('close', () => closed.abort());
  return closed.signal;
}
