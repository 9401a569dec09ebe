// One DynamoDB client for the ledger, apart from the data path's connections.

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

const CONNECTION_TIMEOUT_MILLISECONDS = 2_000;
/** Answers come within milliseconds. One that is lost is asked for again while the caller still waits. */
const REQUEST_TIMEOUT_MILLISECONDS = 3_000;
/** As many as objects that a worker settles at a time. */
const MAX_SOCKETS = 64;

export interface DynamodbClientOptions {
  readonly region: string;
  /** Left out: the region's own. */
  readonly endpoint?: string | undefined;
  /** Left out: the SDK's own chain (environment, profile, container, instance). */
  readonly credentials?: NonNullable<DynamoDBClientConfig['credentials']>;
}

/** Tries each request once: dynamodb-repeat.ts tries again. */
export function createDynamodbClient({ region, endpoint, credentials }: DynamodbClientOptions): DynamoDBClient {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new DynamoDBClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      // Otherwise the SDK would only warn.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}
