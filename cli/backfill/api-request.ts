// One exchange with the API, whatever answers: bounded in time and in length, no redirect followed (the token would go along), and every failure
// of the network a sentence that says what to do.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import type { ApiSettings } from './api-settings.ts';

const TIMEOUT_MILLISECONDS = 10_000;
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

/** @throws BridgeError retryable `bridge-unreachable`, `bridge-answer-lost`, permanent `not-the-bridge`, `bridge-untrusted`; cancelled by the signal */
export async function sendRequest(settings: ApiSettings, request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
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
    throw timeout.aborted ? tooLate(settings, error) : explainFailure(settings, error);
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

export function notTheBridge({ url }: ApiSettings, why: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'not-the-bridge',
    message: `What answers at ${url} is not the bridge: ${why}. Give the address of a worker, with --url or BRIDGE_URL.`,
  });
}

/** For what was sent, and may have been done. */
export function answerLost({ url }: ApiSettings, why: string, cause?: unknown): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'bridge-answer-lost',
    message: `${url} gave no answer: ${why}. Try again in a moment; GET /readyz and the worker's log say how it is.`,
    cause,
  });
}

function tooLate(settings: ApiSettings, cause: unknown): BridgeError {
  return answerLost(settings, `nothing came within ${TIMEOUT_MILLISECONDS / 1000} seconds`, cause);
}

/** Nothing was sent. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  UND_ERR_CONNECT_TIMEOUT: 'it takes no connections',
  ETIMEDOUT: 'it takes no connections',
};

const SPEAKS_NO_TLS = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO'];

function explainFailure(settings: ApiSettings, error: unknown): BridgeError {
  const { url } = settings;
  const code = codeOf(error);
  const unreachable = UNREACHABLE[code];
  if (unreachable !== undefined) {
    return new BridgeError({
      kind: 'retryable',
      code: 'bridge-unreachable',
      message: `No bridge answers at ${url}: ${unreachable}. Start a worker (bridge worker, docker compose up -d), or say where one is, with --url or BRIDGE_URL.`,
      cause: error,
    });
  }
  if (SPEAKS_NO_TLS.includes(code)) return notTheBridge(settings, 'it does not speak TLS; with http:// it may');
  if (code.startsWith('HPE_')) return notTheBridge(settings, 'it does not speak HTTP; with https:// it may');
  if (isCertificateFault(code)) {
    return new BridgeError({
      kind: 'permanent',
      code: 'bridge-untrusted',
      message: `The certificate of ${url} is not trusted (${code}). Where it is your own authority's, name its certificate in NODE_EXTRA_CA_CERTS.`,
      cause: error,
    });
  }
  return answerLost(settings, code === '' ? quoteText(String(error)) : `the connection broke (${code})`, error);
}

function isCertificateFault(code: string): boolean {
  return /CERT|_ISSUER|_CA$/.test(code);
}

/** Of the cause: `fetch` itself always says "fetch failed". Where a name has several addresses, of the first. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
