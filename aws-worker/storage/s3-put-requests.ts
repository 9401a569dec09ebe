// PutObject and UploadPart, the hot path: hand-signed requests from one buffer. S3 checks the CRC-32 in the header against the bytes before
// it stores anything.
// Repeated here is only what S3 certainly has not done; what leaves that open goes to the caller as `destination-unknown`.

import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32FromBase64, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import type { ObjectDestination, UploadedPart } from '../transfer/object-destination.ts';
import { type FailedRequest, translateS3Failure } from './s3-errors.ts';
import { conditionHeader, withoutQuotes } from './s3-etag.ts';
import { failureOfResponse, type RawResponse } from './s3-failure.ts';
import { DEFAULT_S3_RETRY, DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import { NOT_DONE, repeatRequest } from './s3-repeat.ts';
import type { S3SignedRequests, SignedRequest } from './s3-signed-requests.ts';

export interface S3PutRequests {
  put(
    request: Omit<Parameters<ObjectDestination['put']>[0], 'description'> & {
      readonly headers: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly etag: string }>;
  uploadPart: ObjectDestination['uploadPart'];
}

interface SignedPut extends Omit<SignedRequest, 'method'> {
  readonly body: Buffer;
  readonly crc32: number;
}

/** A part may always be repeated: the same number overwrites it. */
const PART_REPEATABLE = [
  ...NOT_DONE,
  'destination-unknown',
  'destination-checksum-mismatch',
  'destination-stored-other-bytes',
  'destination-conflict',
];
/** The slowest that a part's bytes may go, beyond the deadline of every request: 5 GiB then have almost an hour and a half. */
const PART_FLOOR_BYTES_PER_SECOND = 1 * MEBIBYTE;

export function createS3PutRequests(options: S3DestinationOptions, signed: S3SignedRequests): S3PutRequests {
  const timeouts = { ...DEFAULT_S3_TIMEOUTS, ...options.timeouts };
  const retry = { ...DEFAULT_S3_RETRY, ...options.retry };

  async function attempt({ crc32, ...put }: SignedPut): Promise<UploadedPart> {
    const headers = {
      ...put.headers,
      'x-amz-checksum-crc32': crc32ToBase64(crc32),
      'x-amz-sdk-checksum-algorithm': 'CRC32',
    };
    const response = await signed.send({ ...put, method: 'PUT', headers });
    if (response.status !== 200) throw translateS3Failure(failureOfResponse(response), put.failed);
    return readAnswer(response, { ...put, crc32 });
  }

  function repeat(put: SignedPut, repeatable: readonly string[]): Promise<UploadedPart> {
    const { signal } = put;
    return repeatRequest(() => attempt(put), { repeatable, retry, signal });
  }

  /**
   * Grows with the part. A heartbeat keeps the message hidden while the worker lives; the part of a worker that died may arrive after the message
   * is seen again, and does no harm: the same number of the same upload gets the same bytes, and nothing is visible before Complete looks again.
   * A PutObject's does not grow: whoever meets a write in doubt waits for as long as that one can live (REQUEST_SETTLED_SECONDS).
   */
  function partDeadlineMilliseconds(body: Buffer): number {
    return timeouts.requestMilliseconds + Math.ceil((body.length / PART_FLOOR_BYTES_PER_SECOND) * 1000);
  }

  return {
    async put({ key, body, crc32, condition, headers, signal }) {
      const failed: FailedRequest = { operation: 'PutObject', bucket: options.bucket, key, isConditionalWrite: true };
      const conditional = { ...headers, ...conditionHeader(condition) };
      const deadlineMilliseconds = timeouts.requestMilliseconds;
      const request = { failed, query: '', headers: conditional, body, crc32, deadlineMilliseconds, signal };
      const { etag } = await repeat(request, NOT_DONE);
      return { etag };
    },
    async uploadPart({ upload, partNumber, body, crc32, signal }) {
      const failed: FailedRequest = { operation: 'UploadPart', bucket: options.bucket, key: upload.key };
      const query = `partNumber=${partNumber}&uploadId=${encodeKeyForUrl(upload.uploadId).replaceAll('/', '%2F')}`;
      const deadlineMilliseconds = partDeadlineMilliseconds(body);
      const request = { failed, query, headers: {}, body, crc32, deadlineMilliseconds, signal };
      const part = await repeat(request, PART_REPEATABLE);
      return { ...part, partNumber };
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
      code: 'destination-stored-other-bytes',
      message: `S3 answered ${put.failed.operation} with another CRC-32 than that of the bytes that were sent.`,
      key: put.failed.key,
    });
  }
  return { partNumber: 0, sizeBytes: put.body.length, etag: withoutQuotes(etag), crc32 };
}
