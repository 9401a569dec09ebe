import { BridgeError } from '../../shared/bridge-error.ts';
import type { App } from './typed-app.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export interface KnownAddress {
  readonly isPublic: boolean;
  readonly methods: Set<string>;
}

/** Notes which methods each address answers. Call before any route is added. */
export function noteAddresses(app: App): ReadonlyMap<string, KnownAddress> {
  const addresses = new Map<string, KnownAddress>();
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.isRefusal === true) return;
    const known = addresses.get(url) ?? { isPublic: config?.isPublic === true, methods: new Set() };
    addresses.set(url, known);
    for (const name of [method].flat()) known.methods.add(name);
  });
  return addresses;
}

/** 405 with `Allow` for every other method of these addresses; OPTIONS included, since no other origin may call. Call after all routes are added. */
export function refuseOtherMethods(app: App, addresses: ReadonlyMap<string, KnownAddress>): void {
  for (const [url, { isPublic, methods }] of addresses) {
    const allowed = [...methods].sort().join(', ');
    app.route({
      url,
      method: METHODS.filter(method => !methods.has(method)),
      config: { isPublic, isRefusal: true },
      // Before the body is looked at, and after the token was.
      onRequest: async (request, reply) => {
        void reply.header('Allow', allowed); // a reply is a thenable; nothing is sent yet
        throw new BridgeError({
          kind: 'permanent',
          code: 'method-not-allowed',
          message: `${request.method} is not answered here; ${allowed} ${methods.size === 1 ? 'is' : 'are'}.`,
        });
      },
      handler: async () => undefined,
    });
  }
}
