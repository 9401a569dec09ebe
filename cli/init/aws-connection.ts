// How init talks to AWS: few requests, each of which may be repeated, so the SDK does that; and where to, if not to AWS's own hosts.

import { type BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import type { Environment } from '../../shared/environment.ts';
import { type AwsRequest, translateAwsError } from './aws-errors.ts';

export type AwsService = 'SQS' | 'S3' | 'STS' | 'DYNAMODB';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsConnection {
  readonly region: string;
  /** By service; left out: AWS's own. */
  readonly endpoints: Readonly<Partial<Record<AwsService, string>>>;
  /** Left out: the SDK's own chain (environment, profile, SSO, container, instance). */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** Of one request. */
  readonly maxAttempts?: number;
}

const CONNECT_MILLISECONDS = 5_000;
const REQUEST_MILLISECONDS = 20_000;
const MAX_ATTEMPTS = 4;

/** The SDK's own names: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
export function readEndpoints(environment: Environment): AwsConnection['endpoints'] {
  const everywhere = environment.AWS_ENDPOINT_URL;
  const entries = (['SQS', 'S3', 'STS', 'DYNAMODB'] as const).flatMap(service => {
    const endpoint = environment[`AWS_ENDPOINT_URL_${service}`] || everywhere;
    return endpoint ? [[service, endpoint] as const] : [];
  });
  return Object.fromEntries(entries);
}

export function clientConfig(connection: AwsConnection, service: AwsService, region = connection.region) {
  const { endpoints, credentials, maxAttempts = MAX_ATTEMPTS } = connection;
  const endpoint = endpoints[service];
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
    customUserAgent: 'oss-s3-bridge',
    // It warns of endpoints that are not the region's, which are meant.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
  };
}

function ignore(): void {}

/** @throws BridgeError, cancelled when the signal aborts */
export async function callAws<Output>(
  request: AwsRequest,
  signal: AbortSignal,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  if (signal.aborted) throw cancelledBy(signal);
  try {
    return await send({ abortSignal: signal });
  } catch (error) {
    throw signal.aborted ? cancelledBy(signal) : translateAwsError(error, request);
  }
}

/** True for what `callAws` throws of an answer with one of these codes. */
export function hasAwsCode(error: unknown, ...codes: readonly string[]): error is BridgeError {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && codes.includes(cause.name.replace(/^.*\./, ''));
}
