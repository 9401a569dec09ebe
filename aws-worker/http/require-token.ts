import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BridgeError } from '../../shared/bridge-error.ts';

/**
 * A hook that lets public routes and callers with the token pass. Addresses that do not exist need it too, so that
 * nobody can find out without it what does. The comparison takes as long for a near miss as for a wild guess.
 * @throws (the hook) BridgeError permanent `unauthorized`
 */
export function createRequireToken(apiToken: string): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const expected = digest(Buffer.from(apiToken, 'utf8'));
  return async (request, reply) => {
    if (request.routeOptions.config.isPublic === true) return;
    const given = readBearer(request.headers.authorization);
    if (given !== undefined && apiToken !== '' && timingSafeEqual(digest(given), expected)) return;
    void reply.header('WWW-Authenticate', challenge(given !== undefined)); // a reply is a thenable; nothing is sent yet
    throw new BridgeError({
      kind: 'permanent',
      code: 'unauthorized',
      message:
        given === undefined
          ? 'Send the header `Authorization: Bearer TOKEN`, with the API_TOKEN of the worker as TOKEN.'
          : 'The token is not the API_TOKEN of the worker.',
    });
  };
}

/** The token's bytes as they came: Node hands header values over as Latin-1. */
function readBearer(header: string | undefined): Buffer | undefined {
  const token = /^bearer +(\S.*)$/i.exec(header ?? '')?.[1];
  return token === undefined ? undefined : Buffer.from(token.trimEnd(), 'latin1');
}

/** Without a token there is no error to name: https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function challenge(hadToken: boolean): string {
  return `Bearer realm="oss-s3-bridge"${hadToken ? ', error="invalid_token"' : ''}`;
}

/** Both sides have one length then, which timingSafeEqual needs, and the token's length does not show. */
function digest(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}
