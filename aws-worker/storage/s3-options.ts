// What the S3 adapter can be told, and what it does when it is told nothing.

import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { REQUEST_MAX_SECONDS } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import type { MetadataOverflow } from './s3-metadata.ts';

export interface S3DestinationOptions {
  readonly bucket: string;
  readonly region: string;
  readonly forcePathStyle: boolean;
  /** Else the SDK's own chain: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the shared config file, the region's endpoint. */
  readonly endpoint?: string | undefined;
  /** Else the SDK's default chain. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']> | undefined;
  readonly storageClass?: string | undefined;
  readonly encryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kmsKeyId?: string | undefined;
  /** Undefined: the bucket's own setting. */
  readonly isBucketKeyUsed?: boolean | undefined;
  /** A canned ACL. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
  readonly acl?: string | undefined;
  /** What happens to an object whose user metadata exceeds S3's 2 KB. */
  readonly metadataOverflow: MetadataOverflow;
  /** Who writes pays, not the bucket's owner. */
  readonly isRequesterPaying?: boolean | undefined;
  /** Of the hot path; control calls have as many of their own. */
  readonly maxConnections: number;
  /** The probe's objects are made under it; S3_PREFIX, so that a policy on the prefix suffices. */
  readonly probePrefix?: string | undefined;
  readonly log: Log;
  readonly retry?: Partial<S3Retry> | undefined;
  readonly timeouts?: Partial<S3Timeouts> | undefined;
}

export interface S3Retry {
  readonly maxAttempts: number;
  readonly baseMilliseconds: number;
  readonly maximumMilliseconds: number;
}

export interface S3Timeouts {
  readonly connectMilliseconds: number;
  /** Without a byte in either direction. */
  readonly idleMilliseconds: number;
  /** Of one request from first to last byte. No request but Complete outlives it, and a part, which is given time for its bytes on top. */
  readonly requestMilliseconds: number;
  /** Complete may take minutes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
  readonly completeMilliseconds: number;
}

export const DEFAULT_S3_RETRY: S3Retry = { maxAttempts: 6, baseMilliseconds: 200, maximumMilliseconds: 20_000 };

export const DEFAULT_S3_TIMEOUTS: S3Timeouts = {
  connectMilliseconds: 5_000,
  idleMilliseconds: 60_000,
  requestMilliseconds: REQUEST_MAX_SECONDS * 1000,
  completeMilliseconds: 900_000,
};
