// The adapters of both clouds' storage. Part of the composition root.

import type { Log } from '../shared/log.ts';
import type { WorkerConfig } from './config.ts';
import { connectOssCredentials } from './connect-oss-credentials.ts';
import { connectRole } from './connect-role.ts';
import { createOssListing, type OssListing } from './storage/oss-listing.ts';
import { createOssSource } from './storage/oss-source.ts';
import type { OssSourceOptions } from './storage/oss-source-options.ts';
import { createTrafficLimits } from './storage/rate-limit.ts';
import { createS3Destination, type S3Destination } from './storage/s3-destination.ts';
import type { ObjectSource } from './transfer/object-source.ts';

export interface Storage {
  readonly source: ObjectSource;
  readonly listing: OssListing;
  readonly destination: S3Destination;
  close(): Promise<void>;
}

const LISTING_CONNECTIONS = 4;

/** @param given what is there already, in place of the worker's own */
export function connectStorage(
  config: WorkerConfig,
  log: Log,
  given: { readonly ossCredentials?: OssSourceOptions['credentials'] } = {},
): Storage {
  const { oss, s3, tuning } = config;
  const maxConnections = tuning.maxConcurrentObjects + tuning.maxConcurrentParts;
  const closing = new AbortController();
  const { role } = s3;
  const ossOptions = {
    region: oss.region,
    bucket: oss.bucket,
    endpoint: oss.endpoint,
    credentials: given.ossCredentials ?? connectOssCredentials(oss.credentials, { closing: closing.signal, log }),
    isRequesterPaying: oss.isRequesterPaying,
    // One set of limits: what a user caps is the worker, not each adapter.
    limits: createTrafficLimits(oss),
    log,
  };
  const source = createOssSource({ ...ossOptions, maxConnections });
  const listing = createOssListing({ ...ossOptions, maxConnections: LISTING_CONNECTIONS });
  const destination = createS3Destination({
    bucket: s3.bucket,
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    storageClass: s3.storageClass,
    encryption: s3.encryption,
    kmsKeyId: s3.kmsKeyId,
    isBucketKeyUsed: s3.isBucketKeyUsed,
    acl: s3.acl,
    isRequesterPaying: s3.isRequesterPaying,
    ...(role === undefined ? {} : { credentials: connectRole(role, { closing: closing.signal, log }) }),
    metadataOverflow: s3.metadataOverflow,
    maxConnections,
    probePrefix: s3.prefix,
    log,
  });
  return {
    source,
    listing,
    destination,
    close: async () => {
      closing.abort();
      await Promise.all([source.close(), listing.close(), destination.close()]);
    },
  };
}
