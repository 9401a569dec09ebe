// The worker's HTTP API, as the local programs use it.

import { BridgeError } from '../shared/bridge-error.ts';

export interface BackfillView {
  readonly id: string;
  readonly state: string;
  readonly reason?: string | null;
  readonly found: number;
  readonly copied: number;
  readonly skipped: number;
  readonly sourceMissing: number;
  readonly archived: number;
  readonly unverified: number;
  readonly failed: number;
  readonly remaining: number;
}

/** What the worker's process has done since it started. */
export interface StatusView {
  readonly outcomes: { readonly copied: { readonly objects: number; readonly bytes: number } };
}

export interface BridgeClient {
  status(): Promise<StatusView>;
  startBackfill(): Promise<BackfillView>;
  backfill(id: string): Promise<BackfillView>;
  failures(id: string): Promise<readonly { readonly key: string; readonly code: string; readonly reason: string }[]>;
}

export function createBridgeClient(options: { readonly url: string; readonly apiToken: string }): BridgeClient {
  const call = async (method: 'GET' | 'POST', path: string): Promise<unknown> => {
    const answer = await fetch(`${options.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${options.apiToken}` },
    });
    if (answer.ok) return await answer.json();
    const message = `${method} ${path} was answered ${answer.status}: ${await answer.text()}`;
    throw new BridgeError({ kind: 'retryable', code: 'worker-refused', message });
  };
  return {
    status: async () => (await call('GET', '/status')) as StatusView,
    startBackfill: async () => (await call('POST', '/backfill')) as BackfillView,
    backfill: async id => (await call('GET', `/backfill/${id}`)) as BackfillView,
    failures: async id => ((await call('GET', `/backfill/${id}/failures?limit=20`)) as { failures: [] }).failures,
  };
}
