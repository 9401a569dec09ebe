// Requests to one bucket over one undici pool. The path is encoded here and sent as it is, so that `//`, `.` and `..` in keys survive;
// redirects are not followed; an answer out of somebody's cache is refused, because it may be an old version.

import { type Dispatcher, Pool } from 'undici';
import { BridgeError } from '../../shared/bridge-error.ts';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';
import type { OssAddress } from './oss-endpoint.ts';
import { ERROR_BODY_MAX_BYTES } from './oss-error-body.ts';
import { translateFailure } from './oss-errors.ts';
import { headerValue, type OssHeaders } from './oss-headers.ts';
import { translateNetworkError } from './oss-network-errors.ts';
import { badAnswer } from './oss-object.ts';
import type { OssTimeouts } from './oss-source-options.ts';
import type { TrafficLimits } from './rate-limit.ts';

/** OSS allows 8 KiB of metadata; undici's own limit is 16 KiB for all headers. */
const MAX_HEADER_BYTES = 64 * 1024;
/** So short that a request seldom meets a connection which OSS has just closed. */
const KEEP_ALIVE_MILLISECONDS = 20_000;

export interface SignedOssRequest {
  readonly method: string;
  /** Undefined for a request to the bucket. */
  readonly key: string | undefined;
  /** Encoded, without `?`. */
  readonly queryText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface OssAnswer {
  /** 2xx */
  readonly status: number;
  readonly headers: OssHeaders;
  /** Must be read to its end or destroyed; it holds a connection. */
  readonly body: Dispatcher.ResponseData['body'];
}

export interface OssTransport {
  /** One attempt. @throws BridgeError for whatever is not a 2xx from OSS itself */
  send(request: SignedOssRequest): Promise<OssAnswer>;
  close(): Promise<void>;
}

export interface OssTransportOptions {
  readonly address: OssAddress;
  readonly region: string;
  readonly maxConnections: number;
  readonly timeouts: OssTimeouts;
  readonly limits: TrafficLimits;
  readonly now: () => number;
}

export function createOssTransport(options: OssTransportOptions): OssTransport {
  const { address, region, timeouts, limits, now } = options;
  const { origin, pathPrefix } = address;
  const pool = new Pool(origin, {
    connections: options.maxConnections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: timeouts.connectMilliseconds },
    headersTimeout: timeouts.headersMilliseconds,
    bodyTimeout: timeouts.bodyMilliseconds,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });

  const exchange = async ({ method, key, queryText, headers, signal }: SignedOssRequest): Promise<OssAnswer> => {
    const path = `${pathPrefix}/${key === undefined ? '' : encodeKeyForUrl(key)}`;
    const answer = await pool.request({
      method,
      path: queryText === '' ? path : `${path}?${queryText}`,
      headers: { ...headers, 'accept-encoding': 'identity' },
      signal,
    });
    // A body that is given up emits an error; whoever reads it gets it from the read.
    answer.body.on('error', () => {});
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  };

  return {
    send: async request => {
      const { key, signal } = request;
      await limits.request(signal);
      try {
        const answer = await exchange(request);
        refuseCached(answer, key);
        if (answer.status >= 200 && answer.status < 300) return answer;
        const body = await readErrorBody(answer, timeouts);
        const { status, headers } = answer;
        throw translateFailure({ status, headers, body, key, region, now: new Date(now()) });
      } catch (error) {
        throw translateNetworkError({ error, key, signal });
      }
    },
    close: () => pool.destroy(),
  };
}

/** Both headers say that a cache answered: RFC 9111 §5.1, and Alibaba Cloud CDN sends both. */
function refuseCached(answer: OssAnswer, key: string | undefined): void {
  const age = headerValue(answer.headers, 'age');
  const cache = headerValue(answer.headers, 'x-cache') ?? '';
  if (age === undefined && !/\bhit\b/i.test(cache)) return;
  answer.body.destroy();
  const sign = age === undefined ? `X-Cache: ${JSON.stringify(cache.slice(0, 80))}` : `Age: ${age.slice(0, 20)}`;
  throw new BridgeError({
    kind: 'permanent',
    code: 'source-cached',
    message: `A cache (CDN) stands before the bucket and answered in its place (${sign}); what it serves may be an old version. Set OSS_ENDPOINT to a domain that is bound to the bucket itself, without CDN.`,
    ...(key === undefined ? {} : { key }),
  });
}

/** As much of it as comes within bounds: what it says then is enough, or is no error of OSS. */
async function readErrorBody(answer: OssAnswer, { documentMilliseconds }: OssTimeouts): Promise<string> {
  const until = performance.now() + documentMilliseconds;
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes >= ERROR_BODY_MAX_BYTES || performance.now() > until) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The whole of a small body.
 * @throws BridgeError retryable `source-bad-answer` when it is longer than `maxBytes`, or takes longer than a document may; `source-unreachable`
 */
export async function readWholeBody(
  answer: OssAnswer,
  options: {
    readonly maxBytes: number;
    readonly key?: string;
    readonly limits: TrafficLimits;
    readonly timeouts: Pick<OssTimeouts, 'documentMilliseconds'>;
    readonly signal: AbortSignal;
  },
): Promise<Buffer> {
  const { maxBytes, key, limits, signal } = options;
  const until = performance.now() + options.timeouts.documentMilliseconds;
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  try {
    for await (const chunk of answer.body) {
      lengthBytes += chunk.length;
      if (lengthBytes > maxBytes) throw badAnswer(key, `is longer than ${maxBytes} bytes`);
      if (performance.now() > until) throw badAnswer(key, 'did not come to an end in time');
      chunks.push(chunk);
      await limits.bytes(chunk.length, signal);
    }
  } catch (error) {
    throw translateNetworkError({ error, key, signal });
  }
  return Buffer.concat(chunks);
}
