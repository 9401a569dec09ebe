import { Type } from 'typebox';
import type { AppDependencies } from '../app-dependencies.ts';
import { FailurePage, viewFailures } from '../failure-view.ts';
import { type App, BackfillId } from '../typed-app.ts';
import { noSuchBackfill } from './backfills.ts';

const DEFAULT_LIMIT = 100;
const PageQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({ maxLength: 1024, description: '`next` of the page before. Left out: from the first.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: DEFAULT_LIMIT })),
  },
  { additionalProperties: false },
);

export function addFailureRoutes(app: App, { backfills }: AppDependencies): void {
  const page = async (backfill: string | undefined, query: { after?: string; limit?: number }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    return viewFailures(await backfills.failures({ backfill, after: query.after ?? '', limit: limit + 1 }), limit);
  };
  app.get(
    '/backfill/:id/failures',
    {
      schema: { params: BackfillId, querystring: PageQuery, response: { 200: FailurePage } },
      config: {
        operationId: 'listBackfillFailures',
        summary: 'Objects of a backfill that failed for good, by key.',
        problemStatuses: [404],
      },
    },
    async request => {
      const { id } = request.params;
      if ((await backfills.find(id)) === undefined) throw noSuchBackfill();
      return await page(id, request.query);
    },
  );
  app.get(
    '/failures',
    {
      schema: { querystring: PageQuery, response: { 200: FailurePage } },
      config: { operationId: 'listLiveFailures', summary: 'Objects of live events that failed for good, by key.' },
    },
    async request => await page(undefined, request.query),
  );
}
