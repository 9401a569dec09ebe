// What an answer means: a value of the schema that the worker's own routes answer with, or a sentence that says what to do.

import type { Static, TSchema } from 'typebox';
import { Check, Clean } from 'typebox/value';
import { Problem } from '../../aws-worker/http/problem.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { answerLost, notTheBridge, quoteAnswer, sentenceOf } from './api-failures.ts';
import type { ApiAnswer } from './api-request.ts';
import type { ApiSettings } from './api-settings.ts';

/** What says more here than the worker's own words, which are for whoever writes requests. */
const ADVICE: Readonly<Record<string, (settings: ApiSettings) => string>> = {
  unauthorized: ({ url }) =>
    `The bridge at ${url} refuses the token: API_TOKEN (or the file of API_TOKEN_FILE) must be what its worker was started with.`,
  'backfill-not-found': () => 'There is no such backfill; `bridge backfill list` shows those that there are.',
  'route-not-found': ({ url }) => `The bridge at ${url} is of another version, and does not know this command.`,
};

/** @throws BridgeError with the code of the problem, or `not-the-bridge`, `bridge-answer-lost`, `bridge-answer-unknown` */
export function readAnswer<Schema extends TSchema>(
  settings: ApiSettings,
  answer: ApiAnswer,
  schema: Schema,
): Static<Schema> {
  const { status } = answer;
  if (status >= 300 && status <= 399) throw redirected(settings, answer);
  const value = parseJson(answer);
  // A newer worker may say more than this program knows of.
  const problem = Clean(Problem, structuredClone(value));
  if (status >= 400 && Check(Problem, problem)) throw fromProblem(settings, answer, problem);
  if (status >= 502 && status <= 504) throw answerLost(settings, `something before it says ${status}`);
  if (value === undefined || status >= 400) throw notTheBridge(settings, describe(settings, answer));
  const known = Clean(schema, value);
  if (Check(schema, known)) return known;
  throw new BridgeError({
    kind: 'permanent',
    code: 'bridge-answer-unknown',
    message: `What ${settings.url} answered is none of the answers that this version knows. Use the version that the worker has; GET /status says which.`,
  });
}

function parseJson({ text }: ApiAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says what it is instead
  }
}

function describe(settings: ApiSettings, { status, headers }: ApiAnswer): string {
  const type = headers.get('content-type')?.split(';')[0] ?? 'no type';
  return `it answered ${status} with ${quoteAnswer(settings, type)}`;
}

function redirected(settings: ApiSettings, { headers }: ApiAnswer): BridgeError {
  const target = headers.get('location');
  const where = target !== null && URL.canParse(target, settings.url.href) ? new URL(target, settings.url).origin : '';
  return new BridgeError({
    kind: 'permanent',
    code: 'bridge-redirected',
    message: `${settings.url} sends callers on, to ${quoteAnswer(settings, where)}. The token is not taken along: if it is yours, give that address, with --url or BRIDGE_URL.`,
  });
}

function fromProblem(settings: ApiSettings, answer: ApiAnswer, { code, detail }: Problem): BridgeError {
  const message = ADVICE[code]?.(settings) ?? sentenceOf(settings, detail);
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return new BridgeError({
    kind: answer.status >= 500 || answer.status === 429 ? 'retryable' : 'permanent',
    code: sentenceOf(settings, code),
    message,
    ...(retryAfter > 0 ? { retryAfterMilliseconds: retryAfter * 1000 } : {}),
  });
}
