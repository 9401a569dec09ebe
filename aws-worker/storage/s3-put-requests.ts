// PutObject and UploadPart, the hot path: hand-signed requests from one buffer. S3 checks the CRC-32 in the header against the bytes before
// it stores anything. Over TLS the payload is not hashed again for the signature; over plain HTTP it is, because there the signature alone
// keeps others from changing it.
// Repeated here is only what S3 certainly has not done; what leaves that open goes to the caller as `destination-unknown`.

import { Pool } from 'undici';
import { backoffMilliseconds, wait } from '../../shared/backoff.ts';
import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { crc32FromBase64, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';
import type { ObjectDestination, UploadedPart } from '../transfer/object-destination.ts';
import { resolveBucketAddress, type S3BucketAddress, type S3Clients } from './s3-clients.ts';
import { type FailedRequest, translateS3Failure } from './s3-errors.ts';
import { conditionHeader, withoutQuotes } from './s3-etag.ts';
import { failureOfResponse, failureOfSdkError, failureOfTransport, type RawResponse } from './s3-failure.ts';
import { BrokenRequest, sendHttpRequest } from './s3-http.ts';
import { DEFAULT_S3_RETRY, DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import { createS3Signer, type S3Signer, type SigningIdentity, sha256Hex, UNSIGNED_PAYLOAD } from './s3-v4-signer.ts';

export interface S3PutRequests {
  put(
    request: Omit<Parameters<ObjectDestination['put']>[0], 'description'> & {
      readonly headers: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly etag: string }>;
  uploadPart: ObjectDestination['uploadPart'];
  close(): Promise<void>;
}

interface SignedPut {
  readonly failed: FailedRequest;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly crc32: number;
  readonly signal: AbortSignal;
}

interface Connection {
  readonly address: S3BucketAddress;
  readonly signer: S3Signer;
  readonly pool: Pool;
}

/** Not done for certain: may be repeated whatever the condition. */
const NOT_DONE = ['destination-throttled', 'destination-unavailable'];
/** A part may always be repeated: the same number overwrites it. */
const PART_REPEATABLE = [...NOT_DONE, 'destination-unknown', 'destination-checksum-mismatch', 'destination-conflict'];

export function createS3PutRequests(options: S3DestinationOptions, clients: S3Clients): S3PutRequests {
  const timeouts = { ...DEFAULT_S3_TIMEOUTS, ...options.timeouts };
  const retry = { ...DEFAULT_S3_RETRY, ...options.retry };
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

  async function sendOnce(put: SignedPut, identity: SigningIdentity): Promise<RawResponse> {
    const { address, signer, pool } = await connection(put.failed);
    const path = address.basePath + encodeKeyForUrl(put.failed.key);
    const headers = signer.sign(
      {
        method: 'PUT',
        path,
        query: put.query,
        headers: {
          ...put.headers,
          host: address.host,
          'content-length': String(put.body.length),
          'x-amz-checksum-crc32': crc32ToBase64(put.crc32),
          'x-amz-sdk-checksum-algorithm': 'CRC32',
          'user-agent': 'oss-s3-bridge',
        },
        payloadHash: address.origin.startsWith('https:') ? UNSIGNED_PAYLOAD : sha256Hex(put.body),
        date: clients.now(),
      },
      identity,
    );
    return await sendHttpRequest(pool, {
      method: 'PUT',
      path: put.query === '' ? path : `${path}?${put.query}`,
      headers,
      body: put.body,
      deadlineMilliseconds: timeouts.requestMilliseconds,
      signal: put.signal,
    });
  }

  /** One request; a second one when S3 refused the first for an old token or a wrong clock, which are mended in between. */
  async function attempt(put: SignedPut): Promise<RawResponse> {
    let mended = false;
    let forceRefresh = false;
    while (true) {
      const identity = await clients.identity({ forceRefresh }).catch((error: unknown) => {
        throw translateS3Failure(
          { ...failureOfSdkError(error), kind: 'unsent', code: 'CredentialsProviderError' },
          put.failed,
        );
      });
      const response = await sendOnce(put, identity).catch((error: unknown) => {
        if (!(error instanceof BrokenRequest)) throw error;
        throw translateS3Failure(failureOfTransport(error.cause, error.started), put.failed);
      });
      if (response.status === 200) return response;
      const failure = failureOfResponse(response);
      if (mended || (failure.code !== 'ExpiredToken' && failure.code !== 'RequestTimeTooSkewed')) {
        throw translateS3Failure(failure, put.failed);
      }
      mended = true;
      forceRefresh = failure.code === 'ExpiredToken';
      const serverTime = Date.parse(String(response.headers.date));
      if (!forceRefresh && Number.isFinite(serverTime)) clients.correctClock(new Date(serverTime));
    }
  }

  async function repeat(put: SignedPut, repeatable: readonly string[]): Promise<UploadedPart> {
    for (let failures = 0; ; failures++) {
      try {
        return readAnswer(await attempt(put), put);
      } catch (error) {
        if (!hasCode(error, ...repeatable) || failures + 1 >= retry.maxAttempts) throw error;
        await wait(backoffMilliseconds(failures, retry, error), put.signal);
      }
    }
  }

  return {
    async put({ key, body, crc32, condition, headers, signal }) {
      const failed: FailedRequest = { operation: 'PutObject', bucket: options.bucket, key, isConditionalWrite: true };
      const conditional = { ...headers, ...conditionHeader(condition) };
      const { etag } = await repeat({ failed, query: '', headers: conditional, body, crc32, signal }, NOT_DONE);
      return { etag };
    },
    async uploadPart({ upload, partNumber, body, crc32, signal }) {
      const failed: FailedRequest = { operation: 'UploadPart', bucket: options.bucket, key: upload.key };
      const query = `partNumber=${partNumber}&uploadId=${encodeKeyForUrl(upload.uploadId).replaceAll('/', '%2F')}`;
      const part = await repeat({ failed, query, headers: {}, body, crc32, signal }, PART_REPEATABLE);
      return { ...part, partNumber };
    },
    async close() {
      // A connection that could not be opened has nothing to close.
      const opened = await opening?.catch(() => undefined);
      await opened?.pool.destroy();
    },
  };
}

function readAnswer(response: RawResponse, put: SignedPut): UploadedPart {
  const { etag, 'x-amz-checksum-crc32': checksum } = response.headers;
  if (typeof etag !== 'string') {
    const cause = new Error('200 without an ETag: not the answer of S3');
    throw translateS3Failure({ kind: 'unanswered', message: cause.message, cause }, put.failed);
  }
  const crc32 = typeof checksum === 'string' ? crc32FromBase64(checksum) : undefined;
  if (crc32 !== undefined && crc32 !== put.crc32) {
    throw new BridgeError({
      kind: 'retryable',
      code: 'destination-checksum-mismatch',
      message: `S3 answered ${put.failed.operation} with another CRC-32 than that of the bytes that were sent.`,
      key: put.failed.key,
    });
  }
  return { partNumber: 0, sizeBytes: put.body.length, etag: withoutQuotes(etag), crc32 };
}
