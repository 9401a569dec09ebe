// The adapters as clients of one server, with all of their requests at once, for tests of what they say when nothing goes well.

import { createSqsClient as createSenderClient, createSqsMessageSender } from '../../aliyun-fc/sqs-message-sender.ts';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { createSqsMessageQueue } from '../../aws-worker/queue/sqs-message-queue.ts';
import { inspectQueue } from '../../aws-worker/queue/sqs-queue-checks.ts';
import { createOssListing } from '../../aws-worker/storage/oss-listing.ts';
import { createOssSource } from '../../aws-worker/storage/oss-source.ts';
import type { OssSourceOptions } from '../../aws-worker/storage/oss-source-options.ts';
import { createS3Destination } from '../../aws-worker/storage/s3-destination.ts';
import type { Log } from '../../shared/log.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';
import { EMPTY, PLAIN } from './s3-destination-fixture.ts';

const OSS = {
  accessKeyId: 'LTAI5tOssKeyId',
  accessKeySecret: TEST_SECRETS["secret of the adapters' OSS key"],
  securityToken: TEST_SECRETS["token of the adapters' OSS key"],
};
const AWS = {
  accessKeyId: 'AKIAS3KEYID',
  secretAccessKey: TEST_SECRETS["secret of the adapters' AWS key"],
  sessionToken: TEST_SECRETS["token of the adapters' AWS key"],
};
export const CLIENT_SECRETS = [OSS.accessKeySecret, OSS.securityToken, AWS.secretAccessKey, AWS.sessionToken];

const TIMEOUT_MILLISECONDS = 500;
const BACKOFF = { baseMilliseconds: 1, maximumMilliseconds: 1 };

export interface ClientRequests {
  readonly sent: readonly Promise<unknown>[];
  close(): Promise<void> | void;
}

interface SendOptions {
  readonly origin: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function sendAllToOss({ origin, log, signal }: SendOptions): ClientRequests {
  const options: OssSourceOptions = {
    region: 'cn-hangzhou',
    bucket: 'bucket',
    endpoint: new URL(origin),
    credentials: async () => OSS,
    maxConnections: 4,
    log,
    retry: { attempts: 2, ...BACKOFF },
    timeouts: { headersMilliseconds: TIMEOUT_MILLISECONDS, bodyMilliseconds: TIMEOUT_MILLISECONDS },
  };
  const source = createOssSource(options);
  const listing = createOssListing(options);
  return {
    sent: [
      source.head('k', { signal }),
      source.open('k', { signal }),
      source.tags('k', { signal }),
      listing.list({ prefix: '', startAfter: '', limit: 1, signal }),
    ],
    close: async () => {
      await source.close();
      await listing.close();
    },
  };
}

export function sendAllToS3({ origin, log, signal }: SendOptions): ClientRequests {
  const destination = createS3Destination({
    bucket: 'bucket',
    region: 'us-east-1',
    endpoint: origin,
    credentials: AWS,
    forcePathStyle: true,
    metadataOverflow: 'fail',
    maxConnections: 8,
    log,
    retry: { maxAttempts: 2, ...BACKOFF },
    timeouts: {
      idleMilliseconds: TIMEOUT_MILLISECONDS,
      requestMilliseconds: TIMEOUT_MILLISECONDS,
      completeMilliseconds: TIMEOUT_MILLISECONDS,
    },
  });
  const upload = { key: 'k', uploadId: 'u' };
  const body = Buffer.from('x');
  const parts = [{ partNumber: 1, sizeBytes: 1, etag: 'e', crc32: 0 }];
  return {
    sent: [
      destination.head('k', { signal }),
      destination.put({ key: 'k', body, crc32: 0, condition: EMPTY, description: PLAIN, signal }),
      destination.createUpload({ key: 'k', description: PLAIN, signal }),
      destination.uploadPart({ upload, partNumber: 1, body, crc32: 0, signal }),
      destination.listParts(upload, { signal }),
      destination.completeUpload({ upload, parts, sizeBytes: 1, crc32: 0, condition: EMPTY, signal }),
      destination.listUploads('k', { signal }),
      destination.probe({ signal }),
    ],
    close: () => destination.close(),
  };
}

/** The worker's client. Of these, only a receive listens to the signal. */
export function sendAllToSqs({ origin, log, signal }: SendOptions): ClientRequests {
  const client = createSqsClient({ region: 'us-east-1', endpoint: origin, credentials: AWS });
  const queueUrl = queueUrlAt(origin);
  const queue = createSqsMessageQueue({ client, queueUrl, log, retry: { attempts: 2, ...BACKOFF } });
  return {
    sent: [
      queue.receive({ maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 30, signal }),
      queue.send([{ body: '{}' }]),
      queue.changeVisibility(['handle'], 30),
      queue.delete(['handle']),
      inspectQueue({ client, queueUrl }),
    ],
    close: () => client.destroy(),
  };
}

/** The function's client. */
export function sendAllToSqsFromFunction({ origin }: SendOptions): ClientRequests {
  const target = { queueUrl: queueUrlAt(origin), region: 'us-east-1' };
  const client = createSenderClient({
    ...target,
    endpoint: origin,
    credentials: AWS,
    followSymlinks: false,
    logLevel: 'debug',
  });
  const options = { ...target, client, maxTries: 2, budgetMilliseconds: TIMEOUT_MILLISECONDS, backoff: BACKOFF };
  return { sent: [createSqsMessageSender(options).send([{ key: 'k' }])], close: () => client.destroy() };
}

function queueUrlAt(origin: string): string {
  return `${origin}/000000000000/live`;
}
