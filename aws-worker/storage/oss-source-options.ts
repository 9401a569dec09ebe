// What both adapters of the source, objects and listing, are made from.

import type { Log } from '../../shared/log.ts';
import type { OssCredentials } from './oss-v4-signer.ts';
import type { TrafficLimits } from './rate-limit.ts';

export interface OssSourceOptions {
  /** `cn-hangzhou`, with or without `oss-`. Where the bucket is, whatever the endpoint. */
  readonly region: string;
  readonly bucket: string;
  /** Undefined: https://oss-REGION.aliyuncs.com */
  readonly endpoint: URL | undefined;
  /** Asked before every request, and once more, with those that OSS refused, for others; keeps and renews them itself. */
  readonly credentials: (ask: {
    readonly refused?: OssCredentials | undefined;
    readonly signal: AbortSignal;
  }) => Promise<OssCredentials>;
  /** Who reads pays, not the bucket's owner. */
  readonly isRequesterPaying?: boolean;
  readonly maxConnections: number;
  readonly maxRequestsPerSecond?: number | undefined;
  readonly maxMegabitsPerSecond?: number | undefined;
  /** In place of the two above: limits that several adapters share. */
  readonly limits?: TrafficLimits;
  readonly log: Log;
  /** This machine's clock, as Date.now. */
  readonly now?: () => number;
  readonly timeouts?: Partial<OssTimeouts>;
  readonly retry?: Partial<OssRetry>;
  /** Of a listing: how many pages without a key are followed in a row. */
  readonly maxEmptyPages?: number;
}

export interface OssTimeouts {
  readonly connectMilliseconds: number;
  /** From the request to the answer's headers. */
  readonly headersMilliseconds: number;
  /** Between two pieces of a body, while we are reading. */
  readonly bodyMilliseconds: number;
  /** How long in all may be waited for the bytes of a body that come slower than 4 KiB a second. */
  readonly trickleMilliseconds: number;
  /** Of a list, tags or an error, from its first byte to its last. Bodies of objects take as long as they move at 4 KiB a second. */
  readonly documentMilliseconds: number;
}

export interface OssRetry {
  /** How often a request is sent in all; and how often a broken body is continued. */
  readonly attempts: number;
  readonly baseMilliseconds: number;
  /** The longest pause. A server that asks for more gets its wish from the queue, not from a worker that holds memory meanwhile. */
  readonly maximumMilliseconds: number;
}

export const DEFAULT_TIMEOUTS: OssTimeouts = {
  connectMilliseconds: 10_000,
  headersMilliseconds: 30_000,
  bodyMilliseconds: 30_000,
  trickleMilliseconds: 120_000,
  documentMilliseconds: 120_000,
};

export const DEFAULT_RETRY: OssRetry = { attempts: 4, baseMilliseconds: 200, maximumMilliseconds: 10_000 };
