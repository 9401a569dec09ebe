// One exchange with the API, whatever answers: bounded in time and in length, and no redirect is followed, for the token would go along.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { answerLost, explainFailure, notTheBridge } from './api-failures.ts';
import type { ApiSettings } from './api-settings.ts';

const TIMEOUT_SECONDS = 10;
/** More than the largest page of failures. */
const MAX_ANSWER_BYTES = 16 * MEBIBYTE;

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** With its query, without a slash at the beginning. */
  readonly path: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** @throws BridgeError retryable `bridge-unreachable`, `bridge-answer-lost`; permanent `not-the-bridge`, `bridge-untrusted`; cancelled by the signal */
export async function sendRequest(settings: ApiSettings, request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  try {
    const answer = await fetch(new URL(request.path, settings.url), {
      method: request.method,
      headers: headersOf(settings, request),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    return { status: answer.status, headers: answer.headers, text: await readText(settings, answer) };
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    if (error instanceof BridgeError) throw error;
    if (timeout.aborted) throw answerLost(settings, `nothing came within ${TIMEOUT_SECONDS} seconds`, error);
    throw explainFailure(settings, error);
  }
}

function headersOf({ token }: ApiSettings, { body, idempotencyKey }: ApiRequest): Record<string, string> {
  return {
    accept: 'application/json',
    // A header's characters are bytes; the worker compares the token's as UTF-8.
    authorization: `Bearer ${Buffer.from(token, 'utf8').toString('latin1')}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

async function readText(settings: ApiSettings, answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw notTheBridge(settings, 'its answer has no end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
