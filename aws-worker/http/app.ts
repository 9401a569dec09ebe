// The worker's HTTP side: JSON under a token, the page, and what orchestrators ask for. Everything that it can do is passed in;
// nothing is started or listened on here.

import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { BridgeError } from '../../shared/bridge-error.ts';
import { createAccessLog } from './access-log.ts';
import type { AppDependencies } from './app-dependencies.ts';
import { endConnectionsOnClose } from './end-connections.ts';
import { createErrorHandler } from './error-handler.ts';
import { collectOpenApi } from './openapi.ts';
import { readJsonBody } from './read-json-body.ts';
import { refuseBrokenRequest } from './refuse-broken-request.ts';
import { noteAddresses, refuseOtherMethods } from './refuse-other-methods.ts';
import { createRequireToken } from './require-token.ts';
import { addBackfillChangeRoutes } from './routes/backfill-changes.ts';
import { addBackfillRoutes } from './routes/backfills.ts';
import { addFailureRoutes } from './routes/failures.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addOpenApiRoute } from './routes/openapi.ts';
import { addPageRoutes } from './routes/page.ts';
import { addStatusRoute } from './routes/status.ts';
import { setSecurityHeaders } from './security-headers.ts';
import type { App } from './typed-app.ts';
import { compileValidator } from './validate-request.ts';

const BODY_MAX_BYTES = 16 * 1024;
/** For a caller who sends his request a byte at a time. */
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const ID_MAX_CHARACTERS = 100;
const HERE = new URL('./dashboard/', import.meta.url);

/** @throws BridgeError permanent `dashboard-missing` when the page's files are not where they should be */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const app = createApp(dependencies);
  const addresses = noteAddresses(app);
  const describeApi = collectOpenApi(app, dependencies.version);
  addBackfillRoutes(app, dependencies);
  addBackfillChangeRoutes(app, dependencies);
  addFailureRoutes(app, dependencies);
  addStatusRoute(app, dependencies);
  addHealthRoutes(app, dependencies);
  addMetricsRoute(app, dependencies);
  addOpenApiRoute(app, describeApi);
  await addPageRoutes(app, dependencies.dashboardFolder ?? HERE);
  refuseOtherMethods(app, addresses);
  return app;
}

function createApp({ apiToken, log }: AppDependencies): App {
  const answerError = createErrorHandler(log);
  const app: App = Fastify({
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: ID_MAX_CHARACTERS },
    genReqId: () => randomUUID(),
    clientErrorHandler: refuseBrokenRequest,
    // An address that no route was looked up for, such as one that cannot be decoded: no hook has run.
    frameworkErrors: (error, request, reply) => {
      setSecurityHeaders(request, reply);
      answerError(error, request, reply);
    },
  });
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readJsonBody(body),
  );
  app.addHook('onRequest', async (request, reply) => setSecurityHeaders(request, reply));
  app.addHook('onRequest', createRequireToken(apiToken));
  app.addHook('onResponse', createAccessLog(log));
  endConnectionsOnClose(app);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(async () => {
    throw new BridgeError({
      kind: 'permanent',
      code: 'route-not-found',
      message: 'GET /openapi.json lists all that there is.',
    });
  });
  return app;
}
