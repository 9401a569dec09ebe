// For orchestrators. Not alive: restart it. Not ready: leave it alone, and read why.

import { Type } from 'typebox';
import type { AppDependencies } from '../app-dependencies.ts';
import { ProblemList, viewProblems } from '../status-view.ts';
import type { App } from '../typed-app.ts';

const Liveness = Type.Object({ alive: Type.Boolean() }, { title: 'Liveness', additionalProperties: false });
const Readiness = Type.Object(
  { ready: Type.Boolean(), problems: ProblemList },
  { title: 'Readiness', additionalProperties: false },
);

export function addHealthRoutes(app: App, { isAlive, readiness }: AppDependencies): void {
  app.get(
    '/livez',
    {
      schema: { response: { 200: Liveness, 503: Liveness } },
      config: {
        isPublic: true,
        operationId: 'getLiveness',
        summary: '503: the process is stuck and must be restarted.',
      },
    },
    async (_request, reply) => {
      const alive = isAlive();
      return reply.code(alive ? 200 : 503).send({ alive });
    },
  );
  app.get(
    '/readyz',
    {
      schema: { response: { 200: Readiness, 503: Readiness } },
      config: {
        isPublic: true,
        operationId: 'getReadiness',
        summary: '503: it is not doing its work, and this is why.',
      },
    },
    async (_request, reply) => {
      const problems = viewProblems(await readiness());
      const ready = problems.length === 0;
      return reply.code(ready ? 200 : 503).send({ ready, problems });
    },
  );
}
