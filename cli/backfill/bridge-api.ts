// The worker's HTTP API as a client has it. Every call may be repeated: the worker answers a second one as it did the first.

import { randomUUID } from 'node:crypto';
import type { BackfillChange } from '../../aws-worker/http/app-dependencies.ts';
import { BackfillBody, BackfillList } from '../../aws-worker/http/backfill-view.ts';
import { FailurePage } from '../../aws-worker/http/failure-view.ts';
import type { BackfillMode } from '../../aws-worker/ledger/ledger.ts';
import { backoffMilliseconds } from '../../shared/backoff.ts';
import { BridgeError, hasCode, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import { type ApiRequest, sendRequest } from './api-request.ts';
import type { ApiSettings } from './api-settings.ts';
import { readAnswer } from './read-answer.ts';

const BACKOFF = { baseMilliseconds: 1_000, maximumMilliseconds: 4_000 };
/** After an answer was lost: as long as a worker takes to start again. */
const MAX_REPEATS = 5;
const FAILURES_A_PAGE = 500;

export interface StartRequest {
  readonly prefix?: string;
  readonly mode?: BackfillMode;
  readonly force?: true;
}

export interface BridgeApi {
  start(request: StartRequest, idempotencyKey?: string): Promise<BackfillBody>;
  find(id: string): Promise<BackfillBody>;
  /** Newest first. */
  list(limit: number): Promise<readonly BackfillBody[]>;
  change(id: string, change: BackfillChange): Promise<BackfillBody>;
  /** Page by page, ascending by key. */
  failures(id: string): AsyncGenerator<FailurePage['failures'][number]>;
}

export interface ApiContext {
  readonly settings: ApiSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** An answer was lost; what was asked is asked again. */
  readonly onRepeat: (error: BridgeError) => void;
}

export function createBridgeApi(context: ApiContext): BridgeApi {
  const { settings, signal } = context;
  const send = (request: ApiRequest) => sendRequest(settings, request, signal);
  const get = (path: string): ApiRequest => ({ method: 'GET', path });
  const pathOf = (id: string) => `backfill/${encodeURIComponent(id)}`;
  return {
    start: (body, idempotencyKey = randomUUID()) =>
      untilAnswered(context, async () => {
        const answer = await send({ method: 'POST', path: 'backfill', body, idempotencyKey });
        return readAnswer(settings, answer, BackfillBody);
      }),
    find: async id => readAnswer(settings, await send(get(pathOf(id))), BackfillBody),
    list: async limit => readAnswer(settings, await send(get(`backfill?limit=${limit}`)), BackfillList).backfills,
    change: (id, change) =>
      untilAnswered(context, async () => {
        const answer = await send({ method: 'POST', path: `${pathOf(id)}/${change}` });
        return readAnswer(settings, answer, BackfillBody);
      }),
    async *failures(id) {
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({ limit: String(FAILURES_A_PAGE), ...(after === '' ? {} : { after }) });
        const page: FailurePage = readAnswer(settings, await send(get(`${pathOf(id)}/failures?${query}`)), FailurePage);
        yield* page.failures;
        after = page.next;
      }
    },
  };
}

/** Repeats what changes something while its answer is lost: it may have been done. What never arrived is the caller's to know at once. */
async function untilAnswered<T>({ clock, signal, onRepeat }: ApiContext, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const mayHaveBeenDone = attempt > 0 || hasCode(error, 'bridge-answer-lost');
      if (!(error instanceof BridgeError && isKind(error, 'retryable') && mayHaveBeenDone)) throw error;
      if (attempt === MAX_REPEATS) throw error;
      if (attempt === 0) onRepeat(error);
      await clock.wait(backoffMilliseconds(attempt, BACKOFF, error), signal);
    }
  }
}
