// The worker's HTTP API, as a user with curl has it.

import { expect } from 'vitest';
import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import type { FailurePage } from '../../aws-worker/http/failure-view.ts';
import type { StatusBody } from '../../aws-worker/http/status-view.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { SETTLE } from './bridge.ts';

interface Worker {
  readonly url: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What a worker answers while its ledger is busy, or on its way down: ask again. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

function refuseNotNow({ status, body }: Answer): void {
  if (status === 503) throw new NotNow(JSON.stringify(body));
}

export async function request(
  worker: Worker,
  line: `${'GET' | 'POST'} ${string}`,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const headers = { authorization: `Bearer ${LOCAL.apiToken}`, ...options.headers };
  const { body } = options;
  const answer = await fetch(`${worker.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

export async function startBackfill(
  worker: Worker,
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<BackfillBody> {
  const answer = await request(worker, 'POST /backfill', {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  refuseNotNow(answer);
  expect(answer).toMatchObject({ status: 202 });
  return answer.body as BackfillBody;
}

export async function findBackfill(worker: Worker, id: string): Promise<BackfillBody> {
  const answer = await request(worker, `GET /backfill/${id}`);
  refuseNotNow(answer);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as BackfillBody;
}

/** Its counts add up at every look on the way. */
export async function untilDone(worker: Worker, id: string): Promise<BackfillBody> {
  const miscounted: BackfillBody[] = [];
  await expect
    .poll(async () => {
      const backfill = await findBackfill(worker, id);
      if (!addsUp(backfill) || !addsUp(backfill.bytes)) miscounted.push(backfill);
      return backfill.state;
    }, SETTLE)
    .toBe('done');
  expect(miscounted).toEqual([]);
  return await findBackfill(worker, id);
}

export async function runBackfill(worker: Worker, body: object = {}): Promise<BackfillBody> {
  const { id } = await startBackfill(worker, body);
  return await untilDone(worker, id);
}

export async function statusOf(worker: Worker): Promise<StatusBody> {
  return (await request(worker, 'GET /status')).body as StatusBody;
}

/** Of a backfill, or of live events. */
export async function failuresOf(worker: Worker, backfill?: string): Promise<FailurePage['failures']> {
  const path = backfill === undefined ? '/failures' : `/backfill/${backfill}/failures`;
  return ((await request(worker, `GET ${path}`)).body as FailurePage).failures;
}

function addsUp(counts: BackfillBody['bytes']): boolean {
  const { copied, skipped, sourceMissing, archived, unverified, failed, remaining } = counts;
  return counts.found === copied + skipped + sourceMissing + archived + unverified + failed + remaining;
}
