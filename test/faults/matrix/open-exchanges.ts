// Requests that have not come to an end: an answer whose body nobody reads holds one of the worker's connections for ever.

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface OpenExchanges {
  note(exchange: { readonly request: IncomingMessage; readonly response: ServerResponse }): void;
  readonly count: number;
}

export function noteOpenExchanges(): OpenExchanges {
  const open = new Set<ServerResponse>();
  return {
    note({ response }) {
      open.add(response);
      response.once('close', () => open.delete(response));
    },
    get count() {
      return open.size;
    },
  };
}
