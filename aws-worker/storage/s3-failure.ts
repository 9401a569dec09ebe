// What went wrong, in one shape, wherever it was seen: an SDK error, a raw answer of the hot path, a broken connection. No judgement here;
// that is s3-errors.ts.

import { XMLParser } from 'fast-xml-parser';

export interface S3Failure {
  /** `unsent`: S3 saw nothing of it. `unanswered`: it may have seen, and done, all of it. */
  readonly kind: 'answered' | 'unanswered' | 'unsent';
  readonly status?: number | undefined;
  /** S3's error code, or the name of the client-side error. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Where the bucket really is, when S3 says so. */
  readonly region?: string | undefined;
  readonly retryAfterMilliseconds?: number | undefined;
  readonly cause?: unknown;
}

export interface RawResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Errors of a connection that never stood, so that no byte of a request can have arrived. Certificates are refused before that, too. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_NODATA|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_CERT.*|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*)$/;

/** Names of the SDK's errors that come before a request is made. */
const BEFORE_SENDING = new Set(['CredentialsProviderError', 'ProviderError', 'EndpointError']);

/** Names that the SDK gives to an answer without a code, and those of its parser's failures on a document that is none. */
const NO_CODE = /^(Unknown.*|NotFound|\d+|Error|TypeError|RangeError|SyntaxError|URIError)$/;

const errorParser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, htmlEntities: true });

export function failureOfResponse(response: RawResponse): S3Failure {
  const fields = errorFields(response.body);
  return {
    kind: 'answered',
    status: response.status,
    code: codeIn(fields.Code),
    message: textOf(fields.Message),
    region: regionIn(fields.Region) ?? regionIn(headerOf(response.headers, 'x-amz-bucket-region')),
    retryAfterMilliseconds: retryAfter(headerOf(response.headers, 'retry-after')),
  };
}

/** Of the hot path. `started`: whether a byte of the request may have left; then no error says that none did. */
export function failureOfTransport(error: unknown, started: boolean): S3Failure {
  return { kind: started ? 'unanswered' : 'unsent', code: errorCode(error), message: messageOf(error), cause: error };
}

export function failureOfSdkError(error: unknown): S3Failure {
  const { $metadata, $response, name, Region } = recordOf(error);
  const status = recordOf($metadata).httpStatusCode;
  const code = typeof name === 'string' && !NO_CODE.test(name) ? codeIn(name) : undefined;
  if (typeof status === 'number') {
    const headers = recordOf(recordOf($response).headers);
    return {
      kind: 'answered',
      status,
      code,
      message: code === undefined ? undefined : messageOf(error),
      region: regionIn(Region) ?? regionIn(headers['x-amz-bucket-region']),
      retryAfterMilliseconds: retryAfter(textOf(headers['retry-after'])),
      cause: error,
    };
  }
  const neverSent = code !== undefined && BEFORE_SENDING.has(code);
  const ofConnection = errorCode(error);
  // The SDK does not tell how far it came, and says only in words that a connection was never made in time.
  const neverStood =
    (ofConnection !== undefined && UNSENT.test(ofConnection)) ||
    /without establishing a connection/i.test(messageOf(error) ?? '');
  const transport = failureOfTransport(error, !(neverSent || neverStood));
  return { ...transport, code: neverSent ? code : (transport.code ?? code) };
}

/** @returns milliseconds from now, of seconds or an HTTP date */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

function errorFields(body: string): Record<string, unknown> {
  if (!body.includes('<Error')) return {};
  try {
    return recordOf(recordOf(errorParser.parse(body)).Error);
  } catch {
    return {}; // A body cut short: the status alone has to do.
  }
}

function headerOf(headers: RawResponse['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function errorCode(error: unknown): string | undefined {
  const { code, cause } = recordOf(error);
  if (typeof code === 'string') return code;
  return cause === undefined || cause === error ? undefined : errorCode(cause);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What S3 could have sent: whoever else answers may say anything. */
function codeIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][\w.-]{0,99}$/.test(value) ? value : undefined;
}

function regionIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z0-9-]{1,40}$/.test(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Anything at all, to be asked for its fields. */
function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
