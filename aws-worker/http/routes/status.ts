import type { AppDependencies } from '../app-dependencies.ts';
import { StatusBody, viewStatus } from '../status-view.ts';
import { type App, Nothing } from '../typed-app.ts';

export function addStatusRoute(app: App, { version, now, live, readiness }: AppDependencies): void {
  app.get(
    '/status',
    {
      schema: { querystring: Nothing, response: { 200: StatusBody } },
      config: {
        operationId: 'getStatus',
        summary: 'What this worker has done since it started, and what is in its way.',
      },
    },
    async () => viewStatus({ version, now: now(), live: live(), problems: await readiness() }),
  );
}
