import type { FastifyInstance } from 'fastify';
import { BridgeError } from '../shared/bridge-error.ts';

/** What to do about an address that cannot be had: https://nodejs.org/api/errors.html#common-system-errors */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use. Stop the other program, or set PORT to a free port',
  EACCES: 'this user may not use that port. Set PORT to one above 1023',
  EADDRNOTAVAIL: 'it is not an address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses',
  ENOTFOUND: 'there is no such host. Set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses',
};

/**
 * The URL where the API answers from now on.
 * @throws BridgeError permanent `listen-failed`
 */
export async function listen(
  app: FastifyInstance,
  address: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new BridgeError({
      kind: 'permanent',
      code: 'listen-failed',
      message: `The API cannot listen on ${address.host}, port ${address.port}: ${ADVICE[code] ?? 'set HOST and PORT to an address that can be used'} (${code}).`,
      cause,
    });
  }
}
