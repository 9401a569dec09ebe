// Prometheus metrics: base units, few labels, never a key. Those of the process and of Node keep prom-client's own names, which
// existing dashboards know. https://prometheus.io/docs/practices/naming/

import { Counter, collectDefaultMetrics, Gauge, Histogram, type PrometheusContentType, Registry } from 'prom-client';
import { OUTCOMES } from '../transfer/outcome.ts';

/** Whether a key was reconciled for an event or for a backfill. */
export const ORIGINS = ['live', 'backfill'] as const;
export type Origin = (typeof ORIGINS)[number];

/** From well under the promised seconds to a backlog of a day. */
const LAG_BUCKETS_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

export interface Metrics {
  readonly registry: Registry<PrometheusContentType>;
  /** Keys that were settled. */
  readonly objects: Counter<'outcome' | 'origin'>;
  /** Bytes that S3 has accepted. */
  readonly bytes: Counter;
  /** Live objects: from the event's time to the outcome. */
  readonly objectLagSeconds: Histogram;
  readonly inFlightMessages: Gauge<'queue'>;
  readonly inFlightBytes: Gauge<'queue'>;
  readonly receiveErrors: Gauge<'queue'>;
  readonly messages: Counter<'queue' | 'disposition'>;
  /** Always 1; what it runs is in the labels. */
  readonly buildInfo: Gauge<'version' | 'node'>;
}

/** A registry of its own, so that two workers in one process (tests, the demo) do not share numbers. */
export function createMetrics(options: { readonly version: string }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics: Metrics = {
    registry,
    ...objectMetrics([registry]),
    ...queueMetrics([registry]),
    buildInfo: new Gauge({
      name: 'oss_s3_bridge_build_info',
      help: 'Always 1; the version of the worker and of Node are in the labels.',
      labelNames: ['version', 'node'],
      registers: [registry],
    }),
  };
  metrics.buildInfo.set({ version: options.version, node: process.versions.node }, 1);
  startAtZero(metrics.objects);
  return metrics;
}

type Registers = Registry<PrometheusContentType>[];

function objectMetrics(registers: Registers) {
  return {
    objects: new Counter({
      name: 'oss_s3_bridge_objects_total',
      help: 'Keys that were settled, by how they ended and what asked for them.',
      labelNames: ['outcome', 'origin'],
      registers,
    }),
    bytes: new Counter({
      name: 'oss_s3_bridge_bytes_total',
      help: 'Bytes that the destination has accepted.',
      registers,
    }),
    objectLagSeconds: new Histogram({
      name: 'oss_s3_bridge_object_lag_seconds',
      help: 'From the time of a live event to the outcome of its key.',
      buckets: LAG_BUCKETS_SECONDS,
      registers,
    }),
  } as const;
}

function queueMetrics(registers: Registers) {
  return {
    inFlightMessages: new Gauge({
      name: 'oss_s3_bridge_in_flight_messages',
      help: 'Messages that were received and are not settled yet.',
      labelNames: ['queue'],
      registers,
    }),
    inFlightBytes: new Gauge({
      name: 'oss_s3_bridge_in_flight_bytes',
      help: 'Bytes that the messages in flight may ask to copy.',
      labelNames: ['queue'],
      registers,
    }),
    receiveErrors: new Gauge({
      name: 'oss_s3_bridge_consecutive_receive_errors',
      help: 'Receives that failed one after the other; 0 while the queue answers.',
      labelNames: ['queue'],
      registers,
    }),
    messages: new Counter({
      name: 'oss_s3_bridge_messages_total',
      help: 'Messages whose work ended, by what became of them: done, replace (waits or is tried again), dead-letter, release, drop.',
      labelNames: ['queue', 'disposition'],
      registers,
    }),
  } as const;
}

/** A rate over a counter that appears with its first increment misses that increment. */
function startAtZero(objects: Metrics['objects']): void {
  for (const outcome of OUTCOMES) for (const origin of ORIGINS) objects.inc({ outcome, origin }, 0);
}
