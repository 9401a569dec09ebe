// The product's own adapters and transfer code beside the worker's, where no fault strikes: what another worker has begun, and what a janitor ends hours
// later.

import type { Ledger } from '../../../aws-worker/ledger/ledger.ts';
import { createOssSource } from '../../../aws-worker/storage/oss-source.ts';
import { createS3Destination } from '../../../aws-worker/storage/s3-destination.ts';
import { createBufferPool } from '../../../aws-worker/transfer/buffer-pool.ts';
import { copyPart } from '../../../aws-worker/transfer/copy-part.ts';
import { describeObject } from '../../../aws-worker/transfer/describe-object.ts';
import { createMemoryBudget } from '../../../aws-worker/transfer/memory-budget.ts';
import { planParts } from '../../../aws-worker/transfer/plan-parts.ts';
import { metadataHash } from '../../../aws-worker/transfer/source-version.ts';
import { tidyUploads } from '../../../aws-worker/transfer/tidy-uploads.ts';
import type { TransferContext } from '../../../aws-worker/transfer/transfer-context.ts';
import { openUpload } from '../../../aws-worker/transfer/upload-row.ts';
import { LOCAL } from '../../../local/local-cloud.ts';
import { systemClock } from '../../../shared/clock.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';
import type { Log } from '../../../shared/log.ts';

export interface OwnTransfer {
  /** An upload of the source's version, with its first part, in the ledger as a worker that died leaves it. */
  beginUpload(key: string): Promise<void>;
  /** An upload that was created, of which nobody heard. */
  loseUpload(key: string): Promise<void>;
  /** As the worker's janitor does, but so much later. */
  tidyUploads(options: { readonly hoursLater: number }): Promise<void>;
  close(): Promise<void>;
}

const PART_BYTES = 5 * MEBIBYTE;
const HOUR_MILLISECONDS = 3_600_000;
const { signal } = new AbortController();

export function createOwnTransfer(options: {
  readonly ledger: Ledger;
  readonly ossEndpoint: string;
  readonly s3Endpoint: string;
  readonly log: Log;
}): OwnTransfer {
  const { ledger, log } = options;
  const source = createOssSource({
    region: LOCAL.ossRegion,
    bucket: LOCAL.ossBucket,
    endpoint: new URL(options.ossEndpoint),
    credentials: async () => LOCAL.ossCredentials,
    maxConnections: 4,
    log,
  });
  const destination = createS3Destination({
    bucket: LOCAL.s3Bucket,
    region: LOCAL.awsRegion,
    forcePathStyle: true,
    endpoint: options.s3Endpoint,
    credentials: LOCAL.awsCredentials,
    metadataOverflow: 'fail',
    maxConnections: 4,
    log,
  });
  const context: TransferContext = {
    source,
    destination,
    uploads: ledger.uploads,
    memory: createMemoryBudget({ totalBytes: 64 * MEBIBYTE, reservedForSmallBytes: 0 }),
    buffers: createBufferPool({ maxIdleBytes: 64 * MEBIBYTE }),
    settings: {
      sourcePrefix: '',
      destinationPrefix: '',
      partSizeBytes: PART_BYTES,
      maxConcurrentParts: 1,
      copyTags: false,
      maxRounds: 1,
      roundBackoffMilliseconds: 0,
    },
    clock: systemClock,
    log,
  };

  const readVersion = async (key: string) => {
    const object = await source.head(key, { signal });
    if (object === undefined) throw new Error(`There is no ${key}.`);
    const version = {
      sourceEtag: object.etag,
      sourceLastModified: object.lastModified,
      sizeBytes: object.sizeBytes,
      partSizeBytes: PART_BYTES,
      descriptionHash: metadataHash(object),
    };
    const description = () => describeObject(context, object, { backfill: undefined, signal });
    return { object, version, description };
  };

  return {
    async beginUpload(key) {
      const { object, version, description } = await readVersion(key);
      const { upload, row } = await openUpload(context, { key, version, backfill: undefined, description, signal });
      const [part] = planParts(object.sizeBytes, PART_BYTES);
      if (part === undefined) throw new Error(`${key} has no parts.`);
      const copied = await copyPart(context, { object, upload, part, partSizeBytes: PART_BYTES, signal });
      await ledger.uploads.addPart(row, copied.checkpoint);
    },
    async loseUpload(key) {
      const { version, description } = await readVersion(key);
      await ledger.uploads.begin(key, version);
      await destination.createUpload({ key, description: await description(), signal });
    },
    async tidyUploads({ hoursLater }) {
      const later = { ...systemClock, date: () => new Date(Date.now() + hoursLater * HOUR_MILLISECONDS) };
      await tidyUploads({ ...context, clock: later }, { isGivenUp: async () => false, signal });
    },
    async close() {
      await source.close();
      await destination.close();
    },
  };
}
