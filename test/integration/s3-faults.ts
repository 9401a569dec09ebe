// Faults for the S3 stand-in.

import type { Intercept } from './s3-destination-fixture.ts';

/** Applies to the first `times` requests of one operation. */
export function onFirst(operation: string, times: number, fault: Intercept): Intercept {
  let left = times;
  return exchange => (exchange.operation === operation && left-- > 0 ? fault(exchange) : false);
}

export function answer(status: number, code: string, headers: Record<string, string> = {}): Intercept {
  return ({ request, response }) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    );
    return true;
  };
}

export const reset: Intercept = ({ request }) => {
  request.socket.resetAndDestroy();
  return true;
};

/** Serves the request, then breaks the connection in place of the answer. */
export const resetAfterEffect: Intercept = ({ request, response }) => {
  response.writeHead = () => {
    request.socket.resetAndDestroy();
    return response;
  };
  return false;
};

export const stall: Intercept = ({ request }) => {
  request.resume();
  return true;
};
