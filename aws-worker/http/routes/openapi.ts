import { type Static, Type } from 'typebox';
import { type App, Nothing } from '../typed-app.ts';

const Document = Type.Object({ openapi: Type.String() }, { additionalProperties: true });
type Document = Static<typeof Document>;

/** `describeApi` is called once, when every route is there. */
export function addOpenApiRoute(app: App, describeApi: () => Document): void {
  let document: Document = { openapi: '' };
  app.addHook('onReady', async () => {
    document = describeApi();
  });
  app.get(
    '/openapi.json',
    {
      schema: { querystring: Nothing, response: { 200: Document } },
      config: { operationId: 'getOpenApi', summary: 'This description.' },
    },
    async () => document,
  );
}
