// Buckets whose callers pay refuse each request that does not say so: every kind of request, of both clouds, hand-signed or an SDK's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorkerConfig } from '../../aws-worker/config.ts';
import { connectStorage } from '../../aws-worker/connect-storage.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { createLog } from '../../shared/log.ts';
import { setEnvironment } from '../fixtures/set-environment.ts';
import { EMPTY, never, PLAIN } from './s3-destination-fixture.ts';

const silent = createLog({ level: 'silent' });
const BODY = Buffer.from('some bytes');

const store = new MemoryObjectStore();
let cloud: LocalCloud;
let putBack: () => void;
let runs = 0;
/** By cloud and operation, what the payer's headers said. */
const payers = new Map<string, Set<string>>();
const kmsHeaders = new Map<string, unknown>();

function note(operation: string, payer: unknown): void {
  payers.set(operation, (payers.get(operation) ?? new Set()).add(String(payer)));
}

beforeAll(async () => {
  cloud = await startLocalCloud({
    source: store,
    destination: new MemoryObjectStore(),
    log: silent,
    intercept: {
      oss: ({ request, operation }) => {
        note(`oss ${operation}`, request.headers['x-oss-request-payer']);
        return false;
      },
      s3: ({ request, operation }) => {
        note(`s3 ${operation}`, request.headers['x-amz-request-payer']);
        kmsHeaders.set(operation, request.headers['x-amz-server-side-encryption-bucket-key-enabled']);
        return false;
      },
    },
  });
  putBack = setEnvironment(cloud.environment);
  await seedStore(store, [{ key: 'source', sizeBytes: 100, metadata: {} }]);
});
afterAll(async () => {
  putBack();
  await cloud.close();
});

/** All that a worker asks of its two clouds, each at least once. */
async function askEverything(environment: Readonly<Record<string, string>>): Promise<void> {
  payers.clear();
  kmsHeaders.clear();
  const { source, listing, destination, close } = connectStorage(
    readWorkerConfig({ ...cloud.environment, ...environment }),
    silent,
  );
  const signal = never;
  const key = `large ${++runs}`;
  await listing.list({ prefix: '', startAfter: '', limit: 10, signal });
  await source.head('source', { signal });
  (await source.open('source', { signal }))?.discard();
  await source.tags('source', { signal });
  await listing.bucketInfo({ signal });
  await destination.probe({ signal });
  await destination.head('missing', { signal });
  const upload = await destination.createUpload({ key, description: PLAIN, signal });
  const part = await destination.uploadPart({ upload, partNumber: 1, body: BODY, crc32: crc32(BODY), signal });
  await destination.listParts(upload, { signal });
  await destination.listUploads(key, { signal });
  const whole = { upload, parts: [part], sizeBytes: BODY.length, crc32: crc32(BODY) };
  await destination.completeUpload({ ...whole, condition: EMPTY, signal });
  await destination.abortUpload(await destination.createUpload({ key: 'other', description: PLAIN, signal }), {
    signal,
  });
  await close();
}

describe('a bucket whose callers pay', () => {
  test('is told with every request', async () => {
    await askEverything({ OSS_REQUESTER_PAYS: 'true', S3_REQUESTER_PAYS: 'true' });
    expect([...payers.keys()]).toEqual(
      expect.arrayContaining(
        [
          'oss ListObjectsV2',
          'oss HeadObject',
          'oss GetObject',
          'oss GetObjectTagging',
          's3 HeadObject',
          's3 PutObject',
        ].concat(
          ['s3 CreateMultipartUpload', 's3 UploadPart', 's3 ListParts', 's3 ListMultipartUploads'],
          ['s3 CompleteMultipartUpload', 's3 AbortMultipartUpload', 's3 DeleteObject'],
        ),
      ),
    );
    for (const [operation, said] of payers) expect([operation, ...said]).toEqual([operation, 'requester']);
  });

  test.each([
    [{ OSS_REQUESTER_PAYS: 'true' }, 'oss'],
    [{ S3_REQUESTER_PAYS: 'true' }, 's3'],
  ])('is told on its own side alone: %o', async (environment, side) => {
    await askEverything(environment);
    for (const [operation, said] of payers) {
      expect([operation, ...said]).toEqual([operation, operation.startsWith(`${side} `) ? 'requester' : 'undefined']);
    }
  });
});

describe('a bucket key', () => {
  test.each([
    [{ S3_BUCKET_KEY: 'true' }, 'true'],
    [{ S3_BUCKET_KEY: 'false' }, 'false'],
    [{}, undefined],
  ])('is asked for with each object: %o', async (environment, expected) => {
    await askEverything({ S3_ENCRYPTION: 'aws:kms', ...environment });
    expect([kmsHeaders.get('PutObject'), kmsHeaders.get('CreateMultipartUpload')]).toEqual([expected, expected]);
    expect(kmsHeaders.get('UploadPart')).toBeUndefined();
  });
});
