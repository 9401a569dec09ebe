// The adapters of both clouds' storage. Part of the composition root.

import type { Log } from '../shared/log.ts';
import type { WorkerConfig } from './config.ts';
import { createOssListing, type OssListing } from './storage/oss-listing.ts';
import { createOssSource } from './storage/oss-source.ts';
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

export function connectStorage(config: WorkerConfig, log: Log): Storage {
  const { oss, s3, tuning } = config;
  const maxConnections = tuning.maxConcurrentObjects + tuning.maxConcurrentParts;
  const { accessKeyId, accessKeySecret, securityToken } = oss;
  const credentials = { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { securityToken }) };
  const ossOptions = {
    region: oss.region,
    bucket: oss.bucket,
    endpoint: oss.endpoint,
    credentials: async () => credentials,
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
    acl: s3.acl,
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
      await Promise.all([source.close(), listing.close(), destination.close()]);
    },
  };
}
