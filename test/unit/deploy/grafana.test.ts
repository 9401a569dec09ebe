// The dashboard asks for metrics and labels that a worker has.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMetrics } from '../../../aws-worker/http/metrics.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const text = readFileSync(new URL('../../../deploy/grafana/dashboard.json', import.meta.url), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
/** Given by Prometheus to each series that it scrapes. */
const SCRAPED_LABELS = ['job', 'instance'];

const { registry } = createMetrics({ version: '0.0.0' });
const own = new Map(
  registry.getMetricsAsArray().map(metric => {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
    return [name, labelNames ?? []] as const;
  }),
);

/** A name is followed by its selector. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/([a-z_][a-z0-9_]*)\{/g)].map(([, name = '']) => name.replace(/_bucket$/, ''));
}

it('asks for something in each panel, and says what it is', () => {
  expect(dashboard.panels.length).toBeGreaterThan(8);
  for (const { title, description, targets, fieldConfig } of dashboard.panels) {
    expect([title, description, fieldConfig.defaults.unit].every(Boolean)).toBe(true);
    expect(targets.length).toBeGreaterThan(0);
  }
});

it.each(expressions)('%s is about metrics that exist', expression => {
  const names = metricsIn(expression);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter(name => !own.has(name))).toEqual([]);
});

it.each(expressions)('%s groups and selects by labels that they have', expression => {
  const known = [...metricsIn(expression).flatMap(name => own.get(name) ?? []), ...SCRAPED_LABELS, 'le'];
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
  const selected = [...expression.matchAll(/[{,]\s*([a-z_]+)=/g)].map(([, label = '']) => label);
  expect([...grouped, ...selected].filter(label => !known.includes(label))).toEqual([]);
});

it('shows every metric of the worker', () => {
  const shown = new Set(expressions.flatMap(metricsIn));
  const ours = [...own.keys()].filter(name => name.startsWith('oss_s3_bridge_'));
  expect(ours.length).toBeGreaterThan(6);
  expect(ours.filter(name => !shown.has(name))).toEqual([]);
});

it('names in each legend only labels that the expression keeps', () => {
  for (const { targets } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? SCRAPED_LABELS;
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      expect(named.filter(label => !kept.includes(label ?? ''))).toEqual([]);
    }
  }
});

it('has no panel over another, and none with another one’s id', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

it('takes any Prometheus and any job', () => {
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
  for (const expression of expressions) expect(expression).toContain('job=~"$job"');
  expect(text).not.toMatch(/"uid": "(?!oss-s3-bridge|\$\{datasource\})/);
});
