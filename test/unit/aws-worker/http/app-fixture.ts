// An app on dependencies that live in memory, closed after the test.

import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildApp } from '../../../../aws-worker/http/app.ts';
import type { AppDependencies } from '../../../../aws-worker/http/app-dependencies.ts';
import type { Backfill, Counts, Failure } from '../../../../aws-worker/ledger/ledger.ts';
import type { OutcomeKind } from '../../../../aws-worker/transfer/outcome.ts';
import { createRecordingLog, type RecordingLog } from '../../../fakes/recording-log.ts';

export const API_TOKEN = 'correct-horse-battery-staple';
export const NOW = new Date('2026-03-04T05:06:40.000Z');
export const AUTHORIZED = { authorization: `Bearer ${API_TOKEN}` };

export function outcomeCounts(given: Partial<Record<OutcomeKind, Counts>> = {}): Record<OutcomeKind, Counts> {
  const none = { objects: 0, bytes: 0 };
  const { copied = none, skipped = none, archived = none, unverified = none, failed = none } = given;
  return { copied, skipped, 'source-missing': given['source-missing'] ?? none, archived, unverified, failed };
}

/** Running for 100 seconds, listed to its end, a quarter copied; but for what is given. */
export function aBackfill(given: Partial<Backfill> = {}): Backfill {
  return {
    id: 'bf-1',
    request: { prefix: 'photos/', mode: 'missing' },
    status: 'running',
    reason: undefined,
    resumes: 0,
    createdAt: new Date(NOW.getTime() - 100_000),
    endedAt: undefined,
    counts: {
      found: { objects: 400, bytes: 4_000_000 },
      byOutcome: outcomeCounts({ copied: { objects: 100, bytes: 1_000_000 } }),
      remaining: { objects: 300, bytes: 3_000_000 },
      openRanges: 0,
      unpaidBatches: 4,
      unpaidObjects: 0,
    },
    ...given,
  };
}

export function aFailure(key: string): Failure {
  return { key, sizeBytes: 7, code: 'source-access-denied', reason: 'OSS refused to show it.', at: NOW };
}

export interface TestApp {
  readonly app: FastifyInstance;
  readonly log: RecordingLog;
  /** With the token, unless headers are given. */
  request(options: InjectOptions): Promise<LightMyRequestResponse>;
}

export async function openApp(given: Partial<AppDependencies> = {}): Promise<TestApp> {
  const log = createRecordingLog();
  const app = await buildApp({
    apiToken: API_TOKEN,
    version: '1.2.3',
    log: log.log,
    now: () => NOW,
    backfills: backfillsOf([]),
    readiness: async () => [],
    isAlive: () => true,
    live: () => ({
      startedAt: new Date(NOW.getTime() - 60_000),
      outcomes: outcomeCounts({ copied: { objects: 3, bytes: 30 }, 'source-missing': { objects: 1, bytes: 0 } }),
      bytesWritten: 30,
      inFlight: { messages: 2, bytes: 20 },
      lastObjectAt: NOW,
    }),
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', render: async () => 'up 1\n' },
    ...given,
  });
  onTestFinished(async () => await app.close());
  return { app, log, request: async options => await app.inject({ headers: AUTHORIZED, ...options }) };
}

/** Answers from a list, and refuses everything that changes something. */
export function backfillsOf(
  backfills: readonly Backfill[],
  given: Partial<AppDependencies['backfills']> = {},
): AppDependencies['backfills'] {
  return {
    start: () => Promise.reject(new Error('This test starts no backfill.')),
    find: async id => backfills.find(backfill => backfill.id === id),
    list: async limit => backfills.slice(0, limit),
    failures: async () => [],
    change: async () => false,
    ...given,
  };
}
