// The faults over HTTP, for those who do not run the cloud in their own process. JSON in and out. No token: it is bound as the cloud is,
// and the cloud's keys are no secret either. The content type is insisted on, so that no page in a browser can send a rule.

import Fastify from 'fastify';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { FaultEngine } from './fault-engine.ts';
import { readFaultRule } from './read-fault-rule.ts';

const BODY_MAX_BYTES = 16 * 1024;

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startAdminServer(options: {
  readonly faults: FaultEngine;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}): Promise<AdminServer> {
  const { faults, host } = options;
  const app = Fastify({ logger: false, bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, code } = describeFailure(error);
    return reply.code(status).send({ code, message: error instanceof Error ? error.message : String(error) });
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({
      code: 'route-not-found',
      message: 'There are POST /faults, GET /faults, GET /faults/ID, DELETE /faults/ID and DELETE /faults.',
    }),
  );
  app.post('/faults', async (request, reply) => {
    const id = faults.add(readFaultRule(request.body));
    return reply.code(201).header('location', `/faults/${id}`).send(faults.find(id));
  });
  app.get('/faults', async () => ({ faults: faults.list() }));
  app.get<{ Params: { id: string } }>('/faults/:id', async request => faults.find(request.params.id) ?? unknown());
  app.delete<{ Params: { id: string } }>('/faults/:id', async (request, reply) => {
    if (!faults.remove(request.params.id)) unknown();
    return reply.code(204).send();
  });
  app.delete('/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  await app.listen({ host, port: options.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, close: () => app.close() };
}

function unknown(): never {
  throw new BridgeError({
    kind: 'permanent',
    code: 'fault-unknown',
    message: 'GET /faults lists those that there are.',
  });
}

function describeFailure(error: unknown): { readonly status: number; readonly code: string } {
  if (error instanceof BridgeError) return { status: error.code === 'fault-unknown' ? 404 : 400, code: error.code };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return { status, code: status < 500 ? 'invalid-request' : 'internal-error' };
}
