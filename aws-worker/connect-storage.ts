// The adapters of both clouds' storage. Part of the composition root.

import { REQUEST_MAX_SECONDS } from '../shared/limits.ts';
import type { Log } from '../shared/log.ts';
import type { WorkerConfig } from './config.ts';
import { HEARTBEATS_PER_TIMEOUT } from './queue/consumer.ts';
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

/**
 * Requests end before the messages that they serve can become visible again, also those of a worker that dies: a heartbeat later its messages are hidden for
 * two thirds of the visibility timeout. Only Complete and large parts may take longer, and they are fenced. Never more than REQUEST_MAX_SECONDS, on which
 * the waits for writes in doubt rest.
 */
const REQUEST_MARGIN_SECONDS = 10;
const LISTING_CONNECTIONS = 4;

export function requestDeadlineMilliseconds(visibilityTimeoutSeconds: number): number {
  const leastHiddenSeconds = visibilityTimeoutSeconds * (1 - 1 / HEARTBEATS_PER_TIMEOUT);
  return Math.min(Math.floor(leastHiddenSeconds) - REQUEST_MARGIN_SECONDS, REQUEST_MAX_SECONDS) * 1000;
}

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
    timeouts: { requestMilliseconds: requestDeadlineMilliseconds(config.sqs.visibilityTimeoutSeconds) },
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
