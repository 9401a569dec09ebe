// The life of a multipart upload but its parts' bytes: create, list, complete, abort. The whole's CRC-32 is of the full-object type, so that
// S3 itself combines the parts' and refuses the object when it is not the one that was read.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32FromBase64, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import type { ListedUpload, MultipartUpload, ObjectDestination, UploadedPart } from '../transfer/object-destination.ts';
import type { S3Clients } from './s3-clients.ts';
import { callS3 } from './s3-control-call.ts';
import type { FailedRequest } from './s3-errors.ts';
import { withoutQuotes, withQuotes } from './s3-etag.ts';
import { DEFAULT_S3_RETRY, DEFAULT_S3_TIMEOUTS, type S3DestinationOptions } from './s3-options.ts';
import type { S3Operation } from './s3-permissions.ts';
import { NOT_DONE, repeatRequest } from './s3-repeat.ts';
import { withHeaders } from './s3-request-headers.ts';

/** A page has 1,000; an object has 10,000 parts. A server that goes on for ever is given up on. */
const MAX_PAGES = 1_000;
/** Of every upload that we create; listings show it. */
const OUR_CHECKSUM = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

type MultipartCalls = Pick<ObjectDestination, 'listParts' | 'completeUpload' | 'abortUpload' | 'listUploads'> & {
  createUpload(request: {
    readonly key: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }): Promise<MultipartUpload>;
};

export function createS3Multipart(
  clients: S3Clients,
  { bucket, retry: givenRetry, timeouts }: Pick<S3DestinationOptions, 'bucket' | 'retry' | 'timeouts'>,
): MultipartCalls {
  const retry = { ...DEFAULT_S3_RETRY, ...givenRetry };
  const { idleMilliseconds } = { ...DEFAULT_S3_TIMEOUTS, ...timeouts };
  const failed = (operation: S3Operation, key: string): FailedRequest => ({ operation, bucket, key });
  return {
    /**
     * By the client that never repeats: when an answer is lost, the id of a second upload would be recorded, and the first be left to nobody.
     * `destination-unknown` then, and the next round ends what `listUploads` finds.
     */
    async createUpload({ key, headers, signal }) {
      const request = { ...failed('CreateMultipartUpload', key), isConditionalWrite: true };
      const attempt = () =>
        callS3(request, signal, options => {
          const input = { Bucket: bucket, Key: key, ...OUR_CHECKSUM };
          const command = new CreateMultipartUploadCommand(input);
          // The same, byte for byte, as PutObject sends; the SDK's own fields would drop an Expires that is no date.
          command.middlewareStack.add(withHeaders(headers), { step: 'build', name: 'objectDescription' });
          return clients.complete.send(command, { ...options, requestTimeout: idleMilliseconds });
        });
      const answer = await repeatRequest(attempt, { repeatable: NOT_DONE, retry, signal });
      return { key, uploadId: required(answer.UploadId, 'CreateMultipartUpload', key) };
    },

    async listParts({ key, uploadId }, { signal }) {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const input = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker };
        const answer = await callS3(failed('ListParts', key), signal, options =>
          clients.control.send(new ListPartsCommand(input), options),
        );
        for (const { PartNumber, Size, ETag, ChecksumCRC32 } of answer.Parts ?? []) {
          parts.push({
            partNumber: required(PartNumber, 'ListParts', key),
            sizeBytes: required(Size, 'ListParts', key),
            etag: withoutQuotes(required(ETag, 'ListParts', key)),
            crc32: ChecksumCRC32 === undefined ? undefined : crc32FromBase64(ChecksumCRC32),
          });
        }
        if (!required(answer.IsTruncated, 'ListParts', key)) return parts;
        marker = required(answer.NextPartNumberMarker, 'ListParts', key);
      }
      throw endless('ListParts', key);
    },

    async completeUpload({ upload, parts, sizeBytes, crc32, condition, signal }) {
      const { key, uploadId } = upload;
      const request = { ...failed('CompleteMultipartUpload', key), isConditionalWrite: true };
      const answer = await callS3(request, signal, options =>
        clients.complete.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: { Parts: parts.map(completedPart) },
            ChecksumCRC32: crc32ToBase64(crc32),
            ChecksumType: OUR_CHECKSUM.ChecksumType,
            MpuObjectSize: sizeBytes,
            ...(condition.kind === 'empty' ? { IfNoneMatch: '*' } : { IfMatch: withQuotes(condition.etag) }),
          }),
          options,
        ),
      );
      if (answer.ETag === undefined) throw unknownOutcome(key);
      return { etag: withoutQuotes(answer.ETag) };
    },

    async abortUpload({ key, uploadId }, { signal }) {
      await callS3(failed('AbortMultipartUpload', key), signal, options =>
        clients.control
          .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }), options)
          .catch((error: unknown) => {
            if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
          }),
      );
    },

    async listUploads(key, { signal }) {
      const uploads: ListedUpload[] = [];
      let markers: { KeyMarker?: string; UploadIdMarker?: string | undefined } = {};
      for (let page = 0; page < MAX_PAGES; page++) {
        // Keys come URL-encoded, because XML cannot carry all of them.
        const input = { Bucket: bucket, Prefix: key, EncodingType: 'url', ...markers } as const;
        const answer = await callS3(failed('ListMultipartUploads', key), signal, options =>
          clients.control.send(new ListMultipartUploadsCommand(input), options),
        );
        const isTruncated = required(answer.IsTruncated, 'ListMultipartUploads', key);
        const decode = (text: string) => (answer.EncodingType === 'url' ? decodeListedKey(text, key) : text);
        const listed = (answer.Uploads ?? []).map(upload => ({ ...upload, key: decode(upload.Key ?? '') }));
        for (const upload of listed) {
          if (upload.key !== key) continue;
          uploads.push({
            key,
            uploadId: required(upload.UploadId, 'ListMultipartUploads', key),
            initiatedAt: required(upload.Initiated, 'ListMultipartUploads', key),
            hasOurMark:
              upload.ChecksumAlgorithm === OUR_CHECKSUM.ChecksumAlgorithm &&
              upload.ChecksumType === OUR_CHECKSUM.ChecksumType,
          });
        }
        // Keys ascend, and this one is the first with itself as a prefix.
        if (!isTruncated || listed.some(upload => upload.key !== key)) return uploads;
        markers = {
          KeyMarker: decode(required(answer.NextKeyMarker, 'ListMultipartUploads', key)),
          UploadIdMarker: answer.NextUploadIdMarker,
        };
      }
      throw endless('ListMultipartUploads', key);
    },
  };
}

function completedPart({ partNumber, etag, crc32 }: UploadedPart) {
  return {
    PartNumber: partNumber,
    ETag: withQuotes(etag),
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32ToBase64(crc32) }),
  };
}

/** @throws BridgeError retryable `destination-unavailable` */
function decodeListedKey(text: string, key: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch (cause) {
    const message = `ListMultipartUploads has ${quoteText(text)}, which is not percent-encoded UTF-8.`;
    throw new BridgeError({ kind: 'retryable', code: 'destination-unavailable', message, key, cause });
  }
}

function required<Value>(value: Value | undefined, operation: S3Operation, key: string): Value {
  if (value !== undefined) return value;
  throw new BridgeError({
    kind: 'retryable',
    code: 'destination-unavailable',
    message: `${operation} was answered without a field that S3 always sends.`,
    key,
  });
}

function endless(operation: S3Operation, key: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-not-supported',
    message: `${operation} did not come to an end within ${MAX_PAGES} pages.`,
    key,
  });
}

function unknownOutcome(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'destination-unknown',
    message: 'CompleteMultipartUpload was answered without an ETag; the destination must be looked at.',
    key,
  });
}
