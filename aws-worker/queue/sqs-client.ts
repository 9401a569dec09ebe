// One SQS client for all queues of the worker, apart from S3's, so that long polls never take the data path's connections.

import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

const CONNECTION_TIMEOUT_MILLISECONDS = 5_000;
/** Silence on a socket. Above the longest poll (20 s), which is silent until it answers. */
const SOCKET_TIMEOUT_MILLISECONDS = 35_000;
const MAX_SOCKETS = 50;

export interface SqsClientOptions {
  /** The queues' region, not necessarily the bucket's. */
  readonly region: string;
  /** Where requests go, whatever the queue URL's host says (a local queue, a VPC endpoint). Left out: the queue URL's host. */
  readonly endpoint?: string;
  /** Left out: the SDK's own chain (environment, profile, container, instance). */
  readonly credentials?: NonNullable<SQSClientConfig['credentials']>;
}

/**
 * Tries each request once: the adapter tries again itself, because the SDK's retries neither see the failed entries of a batch that was
 * answered with 200, nor end a receive loop's wait at shutdown.
 */
export function createSqsClient(options: SqsClientOptions): SQSClient {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new SQSClient({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
      // The adapter sets a time limit with each request; without this the SDK would only warn.
      throwOnRequestTimeout: true,
      socketTimeout: SOCKET_TIMEOUT_MILLISECONDS,
      httpAgent: agent,
      httpsAgent: agent,
    },
    logger: silentLogger,
  });
}

/** The SDK warns on standard error at each request whose queue URL has another host than the region's endpoint; that is meant here. */
const silentLogger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
