// The destination, as the domain sees it. Whoever writes says on which state the write depends; the server refuses it otherwise.

import type { CarriedHeaders } from './object-source.ts';

/** What we record of the source in the destination's metadata, to know later whether they are still equal. */
export interface SourceRecord {
  readonly etag: string;
  readonly lastModified: string;
  /** Decimal; undefined where OSS had none. */
  readonly crc64: string | undefined;
  /** Of the bytes that were sent. Undefined for what went in several parts: its metadata is fixed before its bytes are read, and Complete verifies the whole. */
  readonly crc32: number | undefined;
  /** Hash of the headers and user metadata that were carried over. */
  readonly metadataHash: string;
  /** The backfill that made this copy. */
  readonly backfill: string | undefined;
}

export interface DestinationObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. Not a checksum unless the object was put in one piece without KMS. */
  readonly etag: string;
  /** Of the whole, as the server computed it of what it holds. Undefined where it keeps none, or does not say. */
  readonly crc32: number | undefined;
  /** Undefined when the object was not written by this product. */
  readonly record: SourceRecord | undefined;
}

/** The write happens only if the destination is still like this: nothing there, or this ETag. */
export type WriteCondition = { readonly kind: 'empty' } | { readonly kind: 'etag'; readonly etag: string };

/** All that goes along with the bytes. */
export interface ObjectDescription {
  readonly headers: CarriedHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly record: SourceRecord;
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
  /** Undefined when the server reported none. */
  readonly crc32: number | undefined;
}

export interface MultipartUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** As the server lists it. */
export interface ListedUpload extends MultipartUpload {
  readonly initiatedAt: Date;
  /** It was created as we create ours: with a CRC-32 of the whole object. Other tools may do so too; none of ours does otherwise. */
  readonly hasOurMark: boolean;
}

/**
 * Codes: `destination-changed` (retryable: 412, or 404 on If-Match: the condition did not hold), `destination-conflict` (retryable: 409),
 * `upload-missing` (retryable: NoSuchUpload), `upload-part-invalid` (retryable: InvalidPart, InvalidPartOrder), `destination-checksum-mismatch`
 * (retryable: S3 got other bytes, and stored nothing), `destination-stored-other-bytes` (retryable: it answered with another checksum after it stored them), `metadata-too-large`, `destination-access-denied` (permanent; a policy may deny one key alone), `destination-bucket-missing`,
 * `destination-region`, `destination-credentials` (permanent: the same for every key), `destination-throttled` (retryable),
 * `destination-unknown` (retryable: a timeout or reset after which nobody knows whether the write took place).
 * Writes are never repeated inside the adapter after an answer that leaves it unknown whether they took place.
 */
export interface ObjectDestination {
  head(key: string, options: { readonly signal: AbortSignal }): Promise<DestinationObject | undefined>;
  /** One request; the server verifies the CRC-32. */
  put(request: {
    readonly key: string;
    readonly body: Buffer;
    readonly crc32: number;
    readonly condition: WriteCondition;
    readonly description: ObjectDescription;
    readonly signal: AbortSignal;
  }): Promise<{ readonly etag: string }>;
  createUpload(request: {
    readonly key: string;
    readonly description: ObjectDescription;
    readonly signal: AbortSignal;
  }): Promise<MultipartUpload>;
  /** Repeated from memory by the adapter on retryable failures: the same part number overwrites. */
  uploadPart(request: {
    readonly upload: MultipartUpload;
    readonly partNumber: number;
    readonly body: Buffer;
    readonly crc32: number;
    readonly signal: AbortSignal;
  }): Promise<UploadedPart>;
  /** All of them, ascending. @throws `upload-missing` */
  listParts(upload: MultipartUpload, options: { readonly signal: AbortSignal }): Promise<readonly UploadedPart[]>;
  /** The server verifies the CRC-32 of the whole, its size and the condition before anything becomes visible. Never repeated. */
  completeUpload(request: {
    readonly upload: MultipartUpload;
    readonly parts: readonly UploadedPart[];
    readonly sizeBytes: number;
    readonly crc32: number;
    readonly condition: WriteCondition;
    readonly signal: AbortSignal;
  }): Promise<{ readonly etag: string }>;
  /** Succeeds when the upload is gone already. */
  abortUpload(upload: MultipartUpload, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Unfinished uploads of exactly this key. */
  listUploads(key: string, options: { readonly signal: AbortSignal }): Promise<readonly ListedUpload[]>;
}
