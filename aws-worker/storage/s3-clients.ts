// The AWS SDK's clients, and what the hot path takes from them: endpoint, region and credentials, so that every AWS setting (environment,
// shared config, roles, dual stack, FIPS, China) is honoured there as well.
// Two clients, because attempts and socket timeouts belong to a client: `control` repeats what may be repeated, `complete` never repeats
// and waits long (for CreateMultipartUpload, which is not to be repeated either, as long as it is told).

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { BridgeError } from '../../shared/bridge-error.ts';
import { limitAnswers } from './s3-answer-limit.ts';
import { DEFAULT_S3_RETRY, DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import { renewExpired } from './s3-renew-expired.ts';
import { payerHeader, withHeaders } from './s3-request-headers.ts';
import type { SigningIdentity } from './s3-v4-signer.ts';

export interface S3Clients {
  readonly control: S3Client;
  readonly complete: S3Client;
  identity(): Promise<SigningIdentity>;
  /** For one that S3 refused because it has ended; nothing is asked where somebody has renewed it already. */
  renewIdentity(refused: SigningIdentity): Promise<SigningIdentity>;
  /** The time to sign with: S3 refuses clocks that are more than 15 minutes wrong, and the SDK learns by how much from S3's answers. */
  now(): Date;
  /** @param serverTime of an answer that said RequestTimeTooSkewed */
  correctClock(serverTime: Date): void;
  close(): void;
}

export function createS3Clients(options: S3DestinationOptions): S3Clients {
  const timeouts = { ...DEFAULT_S3_TIMEOUTS, ...options.timeouts };
  const agentOptions = { keepAlive: true, maxSockets: options.maxConnections };
  // Own agents: without them the SDK opens a connection for every request that says `Expect`, and the two clients would not share.
  const agents = { httpAgent: new HttpAgent(agentOptions), httpsAgent: new HttpsAgent(agentOptions) };
  const config: S3ClientConfig = {
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    // The worker gives its own checksums; for anything else the defaults break servers that are not AWS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    customUserAgent: 'oss-s3-bridge',
  };
  const control = new S3Client({
    ...config,
    maxAttempts: options.retry?.maxAttempts ?? DEFAULT_S3_RETRY.maxAttempts,
    requestHandler: {
      ...agents,
      connectionTimeout: timeouts.connectMilliseconds,
      socketTimeout: timeouts.idleMilliseconds,
      requestTimeout: timeouts.idleMilliseconds,
      throwOnRequestTimeout: true,
    },
  });
  const complete = new S3Client({
    ...config,
    credentials: control.config.credentials,
    maxAttempts: 1,
    requestHandler: {
      ...agents,
      connectionTimeout: timeouts.connectMilliseconds,
      socketTimeout: timeouts.completeMilliseconds,
      requestTimeout: timeouts.completeMilliseconds,
      throwOnRequestTimeout: true,
    },
  });
  const identity = () => control.config.credentials();
  const renewIdentity = async (refused: SigningIdentity) => {
    const now = await identity();
    return isSameIdentity(now, refused) ? await control.config.credentials({ forceRefresh: true }) : now;
  };
  for (const client of [control, complete]) {
    client.middlewareStack.add(withHeaders(payerHeader(options)), { step: 'build', name: 'payer' });
    client.middlewareStack.add(renewExpired(identity, renewIdentity), { step: 'initialize', name: 'renewExpired' });
  }
  limitAnswers(control, { milliseconds: timeouts.requestMilliseconds });
  limitAnswers(complete, { milliseconds: timeouts.completeMilliseconds });
  return {
    control,
    complete,
    identity,
    renewIdentity,
    now: () => new Date(Date.now() + control.config.systemClockOffset),
    correctClock(serverTime) {
      control.config.systemClockOffset = serverTime.getTime() - Date.now();
      complete.config.systemClockOffset = control.config.systemClockOffset;
    },
    close() {
      control.destroy();
      complete.destroy();
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function isSameIdentity(a: SigningIdentity, b: SigningIdentity): boolean {
  return a.accessKeyId === b.accessKeyId && a.sessionToken === b.sessionToken;
}

/** Where the bucket's objects are, and how requests to it are signed. */
export interface S3BucketAddress {
  /** `https://host[:port]` */
  readonly origin: string;
  readonly host: string;
  /** Encoded; ends with `/`. A key follows it. */
  readonly basePath: string;
  readonly region: string;
  readonly service: string;
}

interface ResolvedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/**
 * Asks the SDK where it would send a request for this bucket, by way of a HeadBucket that stops before it is signed or sent.
 * @throws BridgeError permanent `destination-not-supported` for directory buckets and multi-Region access points, which sign differently
 */
export async function resolveBucketAddress(client: S3Client, bucket: string): Promise<S3BucketAddress> {
  const resolved: { request?: ResolvedRequest; scheme?: Record<string, unknown> } = {};
  const command = new HeadBucketCommand({ Bucket: bucket });
  command.middlewareStack.add(
    (_next, context) => async args => {
      resolved.request = args.request as ResolvedRequest;
      resolved.scheme = (context.authSchemes?.[0] ?? {}) as Record<string, unknown>;
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'build', priority: 'high', name: 'resolveBucketAddress' },
  );
  await client.send(command);
  const { request, scheme } = resolved;
  const { name = 'sigv4', signingRegion, signingName } = scheme ?? {};
  if (request === undefined || name !== 'sigv4') throw unsupportedBucket(bucket);
  const host = request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`;
  const configuredRegion = await client.config.region();
  return {
    origin: `${request.protocol}//${host}`,
    host: new URL(`${request.protocol}//${host}`).host,
    basePath: request.path.endsWith('/') ? request.path : `${request.path}/`,
    region: typeof signingRegion === 'string' ? signingRegion : configuredRegion,
    service: typeof signingName === 'string' ? signingName : 's3',
  };
}

function unsupportedBucket(bucket: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-not-supported',
    message: `${bucket} is a directory bucket or a multi-Region access point. The bridge writes to general purpose buckets and their access points only.`,
  });
}
