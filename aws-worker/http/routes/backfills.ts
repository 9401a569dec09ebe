import { Type } from 'typebox';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { keyFault } from '../../../shared/keys/key-rules.ts';
import { BACKFILL_MODES } from '../../ledger/ledger.ts';
import type { AppDependencies } from '../app-dependencies.ts';
import { BackfillBody, BackfillList, viewBackfill } from '../backfill-view.ts';
import { type App, BackfillId, Nothing } from '../typed-app.ts';

const StartBody = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({
        maxLength: 1023,
        description: 'Only keys that begin with it. Left out: all that this worker copies.',
      }),
    ),
    mode: Type.Optional(
      Type.Enum([...BACKFILL_MODES], {
        description:
          'missing (the default): only what the destination lacks or has otherwise. all: copy every object again.',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({ description: 'Start another one even if the same request is running. Default: return that one.' }),
    ),
  },
  { title: 'StartBackfill', additionalProperties: false },
);

/** https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07 */
const StartHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Sent again with the same request, it returns what it made the first time.',
    }),
  ),
});

const DEFAULT_LIMIT = 20;
const ListQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: DEFAULT_LIMIT })) },
  { additionalProperties: false },
);

export function addBackfillRoutes(app: App, dependencies: AppDependencies): void {
  addStart(app, dependencies);
  addList(app, dependencies);
  addFind(app, dependencies);
}

function addStart(app: App, { backfills, now }: AppDependencies): void {
  app.post(
    '/backfill',
    {
      schema: { querystring: Nothing, headers: StartHeaders, body: StartBody, response: { 202: BackfillBody } },
      config: {
        operationId: 'startBackfill',
        summary: 'Starts a backfill; the same request while one is running returns that one.',
        problemStatuses: [422],
      },
      // `POST /backfill` without a body means all there is.
      preValidation: async request => {
        if (request.body === undefined) request.body = {};
      },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'];
      refuseImpossiblePrefix(request.body.prefix ?? '');
      const { backfill } = await backfills.start({
        ...request.body,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
      return reply
        .code(202)
        .header('Location', `/backfill/${encodeURIComponent(backfill.id)}`)
        .send(viewBackfill(backfill, now()));
    },
  );
}

function refuseImpossiblePrefix(prefix: string): void {
  const fault = prefix === '' ? undefined : keyFault(prefix);
  if (fault === undefined) return;
  throw new BridgeError({ kind: 'permanent', code: 'prefix-impossible', message: `prefix ${fault}.` });
}

function addList(app: App, { backfills, now }: AppDependencies): void {
  app.get(
    '/backfill',
    {
      schema: { querystring: ListQuery, response: { 200: BackfillList } },
      config: { operationId: 'listBackfills', summary: 'The backfills, newest first.' },
    },
    async request => {
      const found = await backfills.list(request.query.limit ?? DEFAULT_LIMIT);
      return { backfills: found.map(backfill => viewBackfill(backfill, now())) };
    },
  );
}

function addFind(app: App, { backfills, now }: AppDependencies): void {
  app.get(
    '/backfill/:id',
    {
      schema: { params: BackfillId, querystring: Nothing, response: { 200: BackfillBody } },
      config: { operationId: 'findBackfill', summary: 'One backfill.', problemStatuses: [404] },
    },
    async request => {
      const backfill = await backfills.find(request.params.id);
      if (backfill === undefined) throw noSuchBackfill();
      return viewBackfill(backfill, now());
    },
  );
}

export function noSuchBackfill(): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'backfill-not-found',
    message: 'GET /backfill lists the backfills that there are.',
  });
}
