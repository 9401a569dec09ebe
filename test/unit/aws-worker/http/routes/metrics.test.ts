import { expect, test } from 'vitest';
import { createMetrics } from '../../../../../aws-worker/http/metrics.ts';
import { openApp } from '../app-fixture.ts';

test('metrics come as Prometheus reads them', async () => {
  const { registry, objects } = createMetrics({ version: '1.2.3' });
  objects.inc({ outcome: 'copied', origin: 'live' });
  const { app } = await openApp({ metrics: { contentType: registry.contentType, render: () => registry.metrics() } });
  const answer = await app.inject({ url: '/metrics' });
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.body).toContain('oss_s3_bridge_objects_total{outcome="copied",origin="live"} 1\n');
});
