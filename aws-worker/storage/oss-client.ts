// Requests to one bucket, signed with the credentials of the moment. Whoever asks decides what is repeated (oss-retry.ts).

import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { keyFault } from '../../shared/keys/key-rules.ts';
import { addressBucket, standardRegion } from './oss-endpoint.ts';
import {
  DEFAULT_RETRY,
  DEFAULT_TIMEOUTS,
  type OssRetry,
  type OssSourceOptions,
  type OssTimeouts,
} from './oss-source-options.ts';
import { createOssTransport, type OssAnswer, type OssTransport } from './oss-transport.ts';
import { canonicalQuery, isSameKey, type OssCredentials, OssV4Signer } from './oss-v4-signer.ts';
import { createTrafficLimits, type TrafficLimits } from './rate-limit.ts';

export interface OssRequest {
  readonly method: 'GET' | 'HEAD';
  /** Undefined for a request to the bucket. */
  readonly key: string | undefined;
  /** Unencoded. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface OssClient {
  readonly transport: OssTransport;
  readonly limits: TrafficLimits;
  readonly retry: OssRetry;
  readonly timeouts: OssTimeouts;
  /** One attempt. @throws BridgeError for whatever is not a 2xx from OSS itself; permanent `key-invalid` */
  sendOnce(request: OssRequest): Promise<OssAnswer>;
  /** Runs `attempt` with the credentials; if OSS refuses them and they have been replaced, once more with the new ones. */
  withCredentials<T>(attempt: (credentials: OssCredentials) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

/** https://www.alibabacloud.com/help/en/doc-detail/126917.htm */
const REQUESTER_PAYS = { 'x-oss-request-payer': 'requester' };

export function createOssClient(options: OssSourceOptions): OssClient {
  const { bucket, log } = options;
  const region = standardRegion(options.region);
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  const now = options.now ?? Date.now;
  const { maxRequestsPerSecond, maxMegabitsPerSecond } = options;
  const limits = options.limits ?? createTrafficLimits({ maxRequestsPerSecond, maxMegabitsPerSecond });
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const signer = new OssV4Signer(region);
  const transport = createOssTransport({
    address: addressBucket(options),
    region,
    maxConnections: options.maxConnections,
    timeouts,
    limits,
    now,
  });

  const payerHeader = options.isRequesterPaying === true ? REQUESTER_PAYS : undefined;

  const withCredentials: OssClient['withCredentials'] = async (attempt, signal) => {
    const first = await ask(() => options.credentials({ signal }));
    try {
      return await attempt(first);
    } catch (error) {
      if (!hasCode(error, 'source-credentials')) throw error;
      const second = await ask(() => options.credentials({ refused: first, signal }));
      if (isSameKey(first, second)) throw error;
      log.debug('OSS refused the credentials; trying those that replaced them', { error });
      return await attempt(second);
    }
  };

  const sendOnce: OssClient['sendOnce'] = async ({ method, key, query = {}, headers = {}, signal }) => {
    const fault = key === undefined ? undefined : keyFault(key);
    if (key !== undefined && fault !== undefined) {
      throw new BridgeError({ kind: 'permanent', code: 'key-invalid', message: `The key ${fault}.`, key });
    }
    const queryText = canonicalQuery(query);
    return await withCredentials(credentials => {
      const ours = { ...payerHeader, ...headers };
      const signed = signer.sign(
        { method, bucket, key: key ?? '', query, headers: ours },
        credentials,
        new Date(now()),
      );
      return transport.send({ method, key, queryText, headers: signed, signal });
    }, signal);
  };

  return {
    transport,
    limits,
    retry,
    timeouts,
    sendOnce,
    withCredentials,
    close: () => transport.close(),
  };
}

async function ask(credentials: () => Promise<OssCredentials>): Promise<OssCredentials> {
  try {
    return await credentials();
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause;
    throw new BridgeError({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: 'The credentials for OSS could not be had.',
      cause,
    });
  }
}
