// Looking at the destination: one HEAD. An error to a HEAD has no body, so that wrong credentials, a wrong region and a missing permission
// look alike; a GET of the first byte then says which it is. S3 is asked for its checksum of what it holds as well.

import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32FromBase64 } from '../../shared/checksums/crc32.ts';
import type { DestinationObject, ObjectDestination } from '../transfer/object-destination.ts';
import { callS3 } from './s3-control-call.ts';
import { type FailedRequest, translateS3Failure } from './s3-errors.ts';
import { withoutQuotes } from './s3-etag.ts';
import { failureOfResponse, failureOfSdkError, type RawResponse } from './s3-failure.ts';
import { DEFAULT_S3_RETRY, DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import { NOT_DONE, repeatRequest } from './s3-repeat.ts';
import type { S3SignedRequests } from './s3-signed-requests.ts';
import { recordOfMetadata } from './s3-source-record.ts';

const METADATA_PREFIX = 'x-amz-meta-';
/** Of an object under a KMS key it needs kms:Decrypt: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
const WITH_CHECKSUM = { 'x-amz-checksum-mode': 'ENABLED' };

export function createS3Head(
  { bucket, ...options }: Pick<S3DestinationOptions, 'bucket' | 'retry' | 'timeouts'>,
  { signed, control }: { readonly signed: S3SignedRequests; readonly control: S3Client },
): ObjectDestination['head'] {
  const retry = { ...DEFAULT_S3_RETRY, ...options.retry };
  const { idleMilliseconds: deadlineMilliseconds } = { ...DEFAULT_S3_TIMEOUTS, ...options.timeouts };

  async function look(key: string, signal: AbortSignal): Promise<DestinationObject | undefined> {
    const failed: FailedRequest = { operation: 'HeadObject', bucket, key };
    const send = (headers: Readonly<Record<string, string>>) =>
      signed.send({ method: 'HEAD', failed, query: '', headers, deadlineMilliseconds, signal });
    let response = await send(WITH_CHECKSUM);
    // Another tool's object may be under a key that we may not use, and can be looked at, and replaced, all the same.
    if (isUnexplained(response)) response = await send({});
    if (isUnexplained(response)) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-0' });
      await callS3(failed, signal, sendOptions => readFirstByte(control, command, sendOptions));
      // The SDK corrects a wrong clock by itself, for both.
      response = await send(WITH_CHECKSUM);
    }
    if (response.status === 200) return describe(key, response);
    // Object or bucket? A HEAD cannot tell; the probe at start has seen the bucket.
    if (response.status === 404) return undefined;
    throw translateS3Failure(failureOfResponse(response), failed);
  }

  return (key, { signal }) => repeatRequest(() => look(key, signal), { repeatable: NOT_DONE, retry, signal });
}

function isUnexplained(response: RawResponse): boolean {
  const { status, region } = failureOfResponse(response);
  return region === undefined && (status === 400 || status === 401 || status === 403);
}

/** @throws BridgeError retryable `destination-unavailable` for an answer that S3 does not give */
function describe(key: string, { headers }: RawResponse): DestinationObject {
  const { etag, 'content-length': length, 'x-amz-checksum-crc32': checksum, 'x-amz-checksum-type': type } = headers;
  if (typeof etag !== 'string' || typeof length !== 'string' || !/^\d{1,16}$/.test(length)) throw notOfS3(key);
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(METADATA_PREFIX))
    .map(([name, value]) => [name.slice(METADATA_PREFIX.length), String(value)]);
  return {
    key,
    sizeBytes: Number(length),
    etag: withoutQuotes(etag),
    // A composite one is of the parts' checksums, not of the bytes.
    crc32: typeof checksum === 'string' && type !== 'COMPOSITE' ? crc32FromBase64(checksum) : undefined,
    record: recordOfMetadata(Object.fromEntries(metadata)),
  };
}

function notOfS3(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'destination-unavailable',
    message:
      'HeadObject was answered without an ETag or a length, as S3 never does: something on the way changes answers.',
    key,
  });
}

/** Throws what S3 says of a GET; returns when that explains nothing, because it works or there is no such object. */
async function readFirstByte(
  client: S3Client,
  command: GetObjectCommand,
  options: { readonly abortSignal: AbortSignal },
): Promise<void> {
  try {
    const answer = await client.send(command, options);
    await answer.Body?.transformToByteArray(); // An unread body would keep its socket.
  } catch (error) {
    if (failureOfSdkError(error).status !== 404) throw error;
  }
}
