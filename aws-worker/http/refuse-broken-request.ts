// What is no HTTP never becomes a request: Node's parser gives up, and the socket is all there is to answer on. The answer is a problem like any other.
// https://nodejs.org/api/http.html#event-clienterror

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_CONTENT_TYPE, type Problem } from './problem.ts';

const STATUS_OF_CODE: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

const DETAILS: Readonly<Record<number, string>> = {
  400: 'This is not a request of HTTP/1.1 that can be understood.',
  408: 'The request did not come to an end in time.',
  431: 'The headers are too long.',
};

/** For Fastify's `clientErrorHandler`. Ends the connection: nobody knows where the next request would begin. */
export function refuseBrokenRequest(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerOf(STATUS_OF_CODE[error.code ?? ''] ?? 400));
  socket.destroy();
}

function answerOf(status: number): string {
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const problem: Problem = {
    type: 'urn:problem-type:oss-s3-bridge:bad-request',
    title,
    status,
    detail: DETAILS[status] ?? '',
    code: 'bad-request',
    instance: '',
    requestId: randomUUID(),
  };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${title}`,
    `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
