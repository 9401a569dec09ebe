// Why no answer of a bridge came, as sentences that say what to do. What comes from the other side is quoted, without the token if it repeats that.

import { BridgeError } from '../../shared/bridge-error.ts';
import { escapeControls, quoteText } from '../../shared/messages/quote-text.ts';
import type { ApiSettings } from './api-settings.ts';

export function notTheBridge({ url }: ApiSettings, why: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'not-the-bridge',
    message: `What answers at ${url} is not the bridge: ${why}. Give the address of a worker, with --url or BRIDGE_URL.`,
  });
}

/** What was asked for may have been done. */
export function answerLost({ url }: ApiSettings, why: string, cause?: unknown): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'bridge-answer-lost',
    message: `${url} gave no answer: ${why}. Try again in a moment; GET /readyz and the worker's log say how it is.`,
    cause,
  });
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
const CERTIFICATE_FAULT = /CERT|_ISSUER|_CA$/;

/** Of what `fetch` threw. */
export function explainFailure(settings: ApiSettings, error: unknown): BridgeError {
  const { url } = settings;
  const { code, name, message } = rootOf(error);
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
  if (name === 'HTTPParserError') return notTheBridge(settings, 'it does not speak HTTP; with https:// it may');
  if (CERTIFICATE_FAULT.test(code)) {
    return new BridgeError({
      kind: 'permanent',
      code: 'bridge-untrusted',
      message: `The certificate of ${url} is not trusted (${code}). If it is your own authority's, name that one's certificate in NODE_EXTRA_CA_CERTS.`,
      cause: error,
    });
  }
  const why = code === '' ? quoteText(withoutToken(settings, message)) : `the connection broke (${code})`;
  return answerLost(settings, why, error);
}

/** `fetch` itself always says "fetch failed"; where a name has several addresses, the first says enough. */
function rootOf(error: unknown): { readonly code: string; readonly name: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '' && error instanceof AggregateError) return rootOf(error.errors[0]);
  if (code === '' && error.cause instanceof Error) return rootOf(error.cause);
  return { code, name: error.name, message: error.message };
}

/** Somebody else's sentence, as one of ours. */
export function sentenceOf(settings: ApiSettings, text: string): string {
  return escapeControls(withoutToken(settings, text));
}

export function quoteAnswer(settings: ApiSettings, text: string): string {
  return quoteText(withoutToken(settings, text));
}

function withoutToken({ token }: ApiSettings, text: string): string {
  return text.replaceAll(token, '...');
}
