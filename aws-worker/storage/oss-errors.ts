// An answer that is not a success -> BridgeError. Every message says what to do and carries OSS's request id, which its support asks
// for; none carries a signature, a string to sign or a token.

import { BridgeError } from '../../shared/bridge-error.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import { errorTextOf, type OssErrorBody, parseErrorBody } from './oss-error-body.ts';
import { type CodeMeaning, meaningOf, meaningOfStatus } from './oss-error-codes.ts';
import { headerValue, type OssHeaders } from './oss-headers.ts';

export interface OssFailure {
  readonly status: number;
  readonly headers: OssHeaders;
  /** '' when there is none. */
  readonly body: string;
  /** Undefined for a request to the bucket. */
  readonly key: string | undefined;
  readonly region: string;
  /** This machine's clock. */
  readonly now: Date;
}

export function translateFailure(failure: OssFailure): BridgeError {
  const body = parseErrorBody(errorTextOf(failure.headers, failure.body));
  const meaning = isRedirect(failure.status) ? redirected(failure.headers) : explain(failure, body);
  const retryAfterMilliseconds = meaning.kind === 'retryable' ? retryAfter(failure) : undefined;
  return new BridgeError({
    kind: meaning.kind,
    code: meaning.code,
    message: `${meaning.advice} (${evidence(failure, body)})`,
    ...(failure.key === undefined ? {} : { key: failure.key }),
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  });
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/** Only the target's host is named: its path and query may be a signed URL. */
function redirected(headers: OssHeaders): CodeMeaning {
  const location = headerValue(headers, 'location') ?? '';
  const target = URL.canParse(location) ? ` to ${new URL(location).host.slice(0, MAX_HOST_CHARACTERS)}` : '';
  return {
    kind: 'permanent',
    code: 'source-redirected',
    advice: `The endpoint redirects${target}, and redirects are not followed: what lies there is not proven to be the bucket. Remove the website or mirroring rule of the bucket that does it, or set OSS_ENDPOINT to a domain that answers itself.`,
  };
}

function explain(failure: OssFailure, body: OssErrorBody): CodeMeaning {
  const code = body.get('Code');
  if (code === undefined) return explainWithoutCode(failure);
  const message = body.get('Message') ?? '';
  if (code === 'RequestTimeTooSkewed') return clockSkew(failure, body);
  if (code === 'AccessDenied' && message.includes('must be addressed using the specified endpoint')) {
    return wrongEndpoint(body);
  }
  if (code === 'AccessDenied' && /\bkms\b/i.test(message)) return forbiddenByKms;
  if (/signing region/i.test(message)) return wrongRegion(failure);
  return meaningOf(code) ?? meaningOfStatus(failure.status);
}

/** A 404 is "no such object" only where OSS says so: a proxy's or a wrong host's 404 must not pass for a missing object. */
function explainWithoutCode(failure: OssFailure): CodeMeaning {
  const meaning = meaningOfStatus(failure.status);
  if (meaning.kind === 'retryable') return meaning;
  return {
    kind: 'permanent',
    code: 'source-not-oss',
    advice: 'The answer is not one of OSS: check OSS_ENDPOINT, and what stands between this machine and the bucket.',
  };
}

function clockSkew(failure: OssFailure, body: OssErrorBody): CodeMeaning {
  const said = body.get('ServerTime') ?? headerValue(failure.headers, 'date') ?? '';
  const theirs = /^[\x20-\x7e]{1,40}$/.test(said) ? said : 'unknown';
  return {
    kind: 'permanent',
    code: 'source-clock-skew',
    advice: `This machine's clock says ${failure.now.toISOString()}, OSS's says ${theirs}; more than 15 minutes apart is refused. Set the clock (NTP).`,
  };
}

function wrongEndpoint(body: OssErrorBody): CodeMeaning {
  const endpoint = /^[\w.-]{1,253}$/.exec(body.get('Endpoint') ?? '')?.[0];
  const region = endpoint?.match(/^oss-([a-z0-9-]+?)(-internal)?\.aliyuncs\.com$/)?.[1];
  return {
    kind: 'permanent',
    code: 'source-wrong-endpoint',
    advice: `The bucket is in another region${endpoint === undefined ? '' : `: its endpoint is ${endpoint}`}. Set OSS_REGION${region === undefined ? " to the bucket's region" : `=${region}`}, and OSS_ENDPOINT to match or not at all.`,
  };
}

function wrongRegion(failure: OssFailure): CodeMeaning {
  return {
    kind: 'permanent',
    code: 'source-wrong-region',
    advice: `The bucket is not in ${failure.region}, for which the request was signed. Set OSS_REGION to the bucket's region (with an accelerate or custom domain as well).`,
  };
}

const forbiddenByKms: CodeMeaning = {
  kind: 'permanent',
  code: 'source-access-denied',
  advice:
    'The object is encrypted with a KMS key that the access key may not use. Grant it kms:Decrypt on that key, and check that the key is enabled.',
};

const MAX_QUOTED_CHARACTERS = 200;
/** https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, and a port. */
const MAX_HOST_CHARACTERS = 260;
/** Documents in the message of these codes repeat what was signed. */
const UNQUOTED_CODES: readonly string[] = ['SignatureDoesNotMatch'];

function evidence(failure: OssFailure, body: OssErrorBody): string {
  const code = body.get('Code');
  const message = code === undefined || UNQUOTED_CODES.includes(code) ? undefined : body.get('Message');
  const requestId = headerValue(failure.headers, 'x-oss-request-id') ?? body.get('RequestId');
  return [
    `HTTP ${failure.status}`,
    code,
    message === undefined ? undefined : quoteText(message, MAX_QUOTED_CHARACTERS),
    named('EC', body.get('EC')),
    named('request', requestId),
  ]
    .filter(part => part !== undefined)
    .join(', ');
}

/** Ids are of letters and digits; whoever answers in the place of OSS may say anything. */
function named(what: string, id: string | undefined): string | undefined {
  return id === undefined || !/^[\w.-]{1,100}$/.test(id) ? undefined : `${what} ${id}`;
}

/** Retry-After in seconds or as a date; x-oss-qos-delay-time in milliseconds. The longer one. */
function retryAfter({ headers, now }: OssFailure): number | undefined {
  const after = headerValue(headers, 'retry-after');
  const qos = headerValue(headers, 'x-oss-qos-delay-time');
  const asked = [
    after === undefined ? Number.NaN : /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now.getTime(),
    qos === undefined ? Number.NaN : Number(qos),
  ].filter(milliseconds => milliseconds > 0);
  return asked.length === 0 ? undefined : Math.max(...asked);
}
