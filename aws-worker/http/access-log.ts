import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../shared/log.ts';
import { pathOf } from './problem.ts';

/** A hook that logs each request at debug once it is answered. Neither headers (the token) nor the query (keys) are logged. */
export function createAccessLog(log: Log): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    log.debug('HTTP request.', {
      requestId: request.id,
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
  };
}
