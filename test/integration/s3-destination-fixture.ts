// A destination over a server: the stand-in, with a bucket in memory and faults to inject, or a real one that S3_TEST_ENDPOINT names
// (S3_TEST_ACCESS_KEY_ID, S3_TEST_SECRET_ACCESS_KEY, S3_TEST_REGION; a bucket is made).

import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createS3Destination, type S3DestinationOptions } from '../../aws-worker/storage/s3-destination.ts';
import type { ObjectDescription, SourceRecord } from '../../aws-worker/transfer/object-destination.ts';
import { type S3Exchange, startS3Server } from '../../local/s3/s3-server.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { createLog } from '../../shared/log.ts';

export type Intercept = (exchange: S3Exchange) => boolean | Promise<boolean>;

const FAST_RETRY = { maxAttempts: 4, baseMilliseconds: 1, maximumMilliseconds: 2 };

export const RECORD: SourceRecord = {
  etag: '5B3C1A2E053D763E1B002CC607C5A0FE',
  lastModified: 'Fri, 20 Nov 2026 10:00:00 GMT',
  crc64: '11051210869376104954',
  crc32: undefined,
  metadataHash: 'hash-of-metadata',
  backfill: undefined,
};

export const PLAIN: ObjectDescription = { headers: {}, metadata: {}, tags: {}, record: RECORD };
export const EMPTY = { kind: 'empty' } as const;
export const never = new AbortController().signal;

interface TestServer {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

export async function startTestDestination() {
  const realEndpoint = process.env.S3_TEST_ENDPOINT;
  const faults: { intercept: Intercept | undefined } = { intercept: undefined };
  const requests: { operation: string; key: string | undefined }[] = [];
  const server: TestServer =
    realEndpoint === undefined
      ? await startStandIn(exchange => {
          requests.push({ operation: exchange.operation, key: exchange.key });
          return faults.intercept?.(exchange) ?? false;
        })
      : await useRealServer(realEndpoint);

  const sdk = new S3Client({ ...server, forcePathStyle: true, maxAttempts: 1 });
  const lines: string[] = [];
  const open = (options: Partial<S3DestinationOptions> = {}) => {
    const destination = createS3Destination({
      bucket: server.bucket,
      region: server.region,
      endpoint: server.endpoint,
      credentials: server.credentials,
      forcePathStyle: true,
      metadataOverflow: 'fail',
      maxConnections: 8,
      log: createLog({ level: 'debug', write: line => lines.push(line) }),
      retry: FAST_RETRY,
      ...options,
    });
    opened.push(destination);
    return destination;
  };
  const opened: ReturnType<typeof createS3Destination>[] = [];
  return {
    ...server,
    isReal: realEndpoint !== undefined,
    destination: open(),
    /** Another one on the same server. */
    open,
    lines,
    requests,
    faults,
    async read(key: string) {
      const answer = await sdk.send(new GetObjectCommand({ Bucket: server.bucket, Key: key }));
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    },
    /** As somebody else would put it. */
    putForeign: (key: string, body: string) =>
      sdk.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body })),
    /** As another tool does: its id. */
    async createForeignUpload(key: string) {
      const { UploadId } = await sdk.send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key: key }));
      return UploadId ?? '';
    },
    look: (key: string) =>
      sdk.send(new HeadObjectCommand({ Bucket: server.bucket, Key: key, ChecksumMode: 'ENABLED' })),
    async close() {
      await Promise.all(opened.map(destination => destination.close()));
      sdk.destroy();
      await server.close();
    },
  };
}

async function startStandIn(intercept: Intercept): Promise<TestServer> {
  const region = 'us-east-1';
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test-secret' };
  const bucket = 'destination-bucket';
  const buckets = new Map([[bucket, new MemoryObjectStore()]]);
  const server = await startS3Server({ region, credentials, buckets, intercept });
  return { endpoint: server.endpoint, region, bucket, credentials, close: () => server.close() };
}

async function useRealServer(endpoint: string): Promise<TestServer> {
  const region = process.env.S3_TEST_REGION ?? 'us-east-1';
  const credentials = {
    accessKeyId: process.env.S3_TEST_ACCESS_KEY_ID ?? 'test',
    secretAccessKey: process.env.S3_TEST_SECRET_ACCESS_KEY ?? 'testsecret',
  };
  const bucket = `bridge-test-${randomUUID()}`;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { endpoint, region, bucket, credentials, close: async () => {} };
}
