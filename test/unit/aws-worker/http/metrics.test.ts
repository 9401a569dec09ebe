import { expect, test } from 'vitest';
import { createMetrics, ORIGINS } from '../../../../aws-worker/http/metrics.ts';
import { OUTCOMES } from '../../../../aws-worker/transfer/outcome.ts';

test('every outcome is there from the start, at zero', async () => {
  const text = await createMetrics({ version: '1.2.3' }).registry.metrics();
  for (const outcome of OUTCOMES) {
    for (const origin of ORIGINS) {
      expect(text).toContain(`oss_s3_bridge_objects_total{outcome="${outcome}",origin="${origin}"} 0`);
    }
  }
});

test('the build and the process are described', async () => {
  const text = await createMetrics({ version: '1.2.3' }).registry.metrics();
  expect(text).toContain(`oss_s3_bridge_build_info{version="1.2.3",node="${process.versions.node}"} 1`);
  expect(text).toContain('process_resident_memory_bytes');
});

test('two workers in one process count apart', async () => {
  const [first, second] = [createMetrics({ version: '1' }), createMetrics({ version: '1' })];
  first.bytes.inc(5);
  expect(await first.registry.getSingleMetricAsString('oss_s3_bridge_bytes_total')).toContain('_total 5');
  expect(await second.registry.getSingleMetricAsString('oss_s3_bridge_bytes_total')).toContain('_total 0');
});

test('every metric of ours is explained and named for what it counts', async () => {
  const metrics = await createMetrics({ version: '1' }).registry.getMetricsAsJSON();
  const ours = metrics.filter(({ name }) => !/^(process|nodejs)_/.test(name));
  expect(ours.length).toBeGreaterThan(5);
  for (const { name, help, type } of ours) {
    expect(name).toMatch(/^oss_s3_bridge_[a-z0-9_]+$/);
    expect(help).toMatch(/\.$/);
    expect(name.endsWith('_total')).toBe(String(type) === 'counter');
  }
});

test('no label can hold a key: each takes one of a few words of ours', async () => {
  const { registry, messages, inFlightMessages } = createMetrics({ version: '1' });
  messages.inc({ queue: 'live', disposition: 'done' });
  inFlightMessages.set({ queue: 'live' }, 1);
  const ours = (await registry.metrics()).split('\n').filter(line => line.startsWith('oss_s3_bridge_'));
  const names = ours.flatMap(line => Array.from(line.matchAll(/[{,](\w+)="/g), ([, name]) => name));
  expect([...new Set(names)].sort()).toEqual(['disposition', 'le', 'node', 'origin', 'outcome', 'queue', 'version']);
});
