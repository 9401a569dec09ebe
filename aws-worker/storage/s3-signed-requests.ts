// The hot path's requests: signed by hand and sent by undici, at a fraction of the processor time that the SDK takes for each. The address, the
// credentials and the clock are those of the SDK's clients. Over TLS a payload is not hashed again for the signature; over plain HTTP it is,
// because there the signature alone keeps others from changing it.

import { Pool } from 'undici';
import { BridgeError } from '../../shared/bridge-error.ts';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';
import { untilAborted } from '../../shared/until-aborted.ts';
import { resolveBucketAddress, type S3BucketAddress, type S3Clients } from './s3-clients.ts';
import { type FailedRequest, translateS3Failure } from './s3-errors.ts';
import { failureOfResponse, failureOfSdkError, failureOfTransport, type RawResponse } from './s3-failure.ts';
import { BrokenRequest, sendHttpRequest } from './s3-http.ts';
import { DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import { payerHeader } from './s3-request-headers.ts';
import { createS3Signer, type S3Signer, type SigningIdentity, sha256Hex, UNSIGNED_PAYLOAD } from './s3-v4-signer.ts';

export interface SignedRequest {
  readonly method: 'PUT' | 'HEAD';
  readonly failed: FailedRequest;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for HEAD. */
  readonly body?: Buffer;
  readonly deadlineMilliseconds: number;
  readonly signal: AbortSignal;
}

export interface S3SignedRequests {
  /**
   * One request; a second one when S3 refused the first for an old token or a wrong clock, which are mended in between.
   * @returns S3's answer, whatever its status
   * @throws BridgeError when there was none
   */
  send(request: SignedRequest): Promise<RawResponse>;
  /** Breaks what is in flight. */
  close(): Promise<void>;
}

interface Connection {
  readonly address: S3BucketAddress;
  readonly signer: S3Signer;
  readonly pool: Pool;
}

export function createS3SignedRequests(options: S3DestinationOptions, clients: S3Clients): S3SignedRequests {
  const timeouts = { ...DEFAULT_S3_TIMEOUTS, ...options.timeouts };
  const payer = payerHeader(options);
  let opening: Promise<Connection> | undefined;

  async function open(): Promise<Connection> {
    const address = await resolveBucketAddress(clients.control, options.bucket);
    const pool = new Pool(address.origin, {
      connections: options.maxConnections,
      pipelining: 1,
      connect: { timeout: timeouts.connectMilliseconds },
      headersTimeout: timeouts.idleMilliseconds,
      bodyTimeout: timeouts.idleMilliseconds,
    });
    return { address, signer: createS3Signer(address), pool };
  }

  function connection(failed: FailedRequest): Promise<Connection> {
    opening ??= open().catch((error: unknown) => {
      opening = undefined; // Asked again by the next request: a config file may be there by then.
      throw error instanceof BridgeError ? error : translateS3Failure(failureOfSdkError(error), failed);
    });
    return opening;
  }

  /** The SDK's chain of credentials knows no signal, and may wait for ever (a `credential_process`). */
  async function identityFor({ failed, signal }: SignedRequest, refused: SigningIdentity | undefined) {
    const asked = refused === undefined ? clients.identity() : clients.renewIdentity(refused);
    return await untilAborted(asked, signal).catch((error: unknown) => {
      if (error instanceof BridgeError) throw error;
      throw translateS3Failure(
        { ...failureOfSdkError(error), kind: 'unsent', code: 'CredentialsProviderError' },
        failed,
      );
    });
  }

  async function sendOnce(request: SignedRequest, identity: SigningIdentity): Promise<RawResponse> {
    const { method, body, query, deadlineMilliseconds, signal } = request;
    const { address, signer, pool } = await connection(request.failed);
    const path = address.basePath + encodeKeyForUrl(request.failed.key);
    const isUnsigned = body !== undefined && address.origin.startsWith('https:');
    const headers = signer.sign(
      {
        method,
        path,
        query,
        headers: {
          ...payer,
          ...request.headers,
          host: address.host,
          ...(body === undefined ? {} : { 'content-length': String(body.length) }),
          'user-agent': 'oss-s3-bridge',
        },
        payloadHash: isUnsigned ? UNSIGNED_PAYLOAD : sha256Hex(body ?? ''),
        date: clients.now(),
      },
      identity,
    );
    const target = query === '' ? path : `${path}?${query}`;
    return await sendHttpRequest(pool, { method, path: target, headers, body, deadlineMilliseconds, signal });
  }

  return {
    async send(request) {
      let mended = false;
      let refused: SigningIdentity | undefined;
      while (true) {
        const identity = await identityFor(request, refused);
        const response = await sendOnce(request, identity).catch((error: unknown) => {
          if (!(error instanceof BrokenRequest)) throw error;
          throw translateS3Failure(failureOfTransport(error.cause, error.started), request.failed);
        });
        if (response.status === 200 || mended) return response;
        const { code } = failureOfResponse(response);
        if (code !== 'ExpiredToken' && code !== 'RequestTimeTooSkewed') return response;
        mended = true;
        refused = code === 'ExpiredToken' ? identity : undefined;
        const serverTime = Date.parse(String(response.headers.date));
        if (refused === undefined && Number.isFinite(serverTime)) clients.correctClock(new Date(serverTime));
      }
    },
    async close() {
      // A connection that could not be opened has nothing to close.
      const opened = await opening?.catch(() => undefined);
      await opened?.pool.destroy();
    },
  };
}
