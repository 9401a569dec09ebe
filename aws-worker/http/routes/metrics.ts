import { Type } from 'typebox';
import type { AppDependencies } from '../app-dependencies.ts';
import type { App } from '../typed-app.ts';

export function addMetricsRoute(app: App, { metrics }: AppDependencies): void {
  app.get(
    '/metrics',
    {
      schema: { response: { 200: Type.String() } },
      config: { isPublic: true, operationId: 'getMetrics', summary: 'Metrics for Prometheus.' },
    },
    async (_request, reply) => {
      const text = await metrics.render();
      return reply.type(metrics.contentType).serializer(String).send(text);
    },
  );
}
