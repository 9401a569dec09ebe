// A redirect is never followed: whoever it comes from, the other host gets no request, and with it no credentials. A listener there proves it.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../aliyun-fc/index.ts';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { createSqsMessageQueue } from '../../aws-worker/queue/sqs-message-queue.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { createLog } from '../../shared/log.ts';
import { ossEventBytes } from '../fixtures/oss-events/read-fixture.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';
import { type Fault, type Harness, startHarness } from './oss-source-harness.ts';
import { EMPTY, never, PLAIN, startTestDestination } from './s3-destination-fixture.ts';

interface OtherHost {
  readonly origin: string;
  readonly requests: IncomingHttpHeaders[];
  close(): Promise<void>;
}

async function listenElsewhere(answer: { readonly status: number; readonly location?: string }): Promise<OtherHost> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    request.resume();
    const { status, location } = answer;
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    // By another name than that of the servers that redirect.
    origin: `http://localhost:${typeof address === 'object' ? address?.port : ''}`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const REDIRECTS = [301, 302, 303, 307, 308] as const;
const signal = never;

let elsewhere: OtherHost;
beforeEach(async () => {
  elsewhere = await listenElsewhere({ status: 200 });
});
afterEach(async () => {
  await elsewhere.close();
});

async function expectRefused(work: Promise<unknown>): Promise<BridgeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BridgeError)) throw new Error('It was to fail with a BridgeError.', { cause: error });
  expect(elsewhere.requests).toEqual([]);
  // The address may be a signed one.
  expect(error.message).not.toContain('secret-in-query');
  return error;
}

describe('of OSS', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
    await harness.put('k', 'hello');
    const redirect: Fault = ({ response }) => {
      harness.faults.push(redirect);
      response.writeHead(status, { location: `${elsewhere.origin}/k?sig=secret-in-query` }).end();
      return true;
    };
    harness.faults.push(redirect);
  });
  afterEach(() => harness.close());
  let status: number;

  test.each(REDIRECTS)('%i', async given => {
    status = given;
    const retry = { attempts: 2, baseMilliseconds: 1 };
    const source = harness.source({ retry });
    for (const work of [source.head, source.open, source.tags]) {
      expect(await expectRefused(work('k', { signal }))).toMatchObject({
        kind: 'permanent',
        code: 'source-redirected',
      });
    }
    const page = harness.listing({ retry }).list({ prefix: '', startAfter: '', limit: 1, signal });
    expect(await expectRefused(page)).toMatchObject({ kind: 'permanent', code: 'source-redirected' });
  });
});

describe('of S3', () => {
  let server: Awaited<ReturnType<typeof startTestDestination>>;
  beforeEach(async () => {
    server = await startTestDestination();
  });
  afterEach(() => server.close());

  test.each(REDIRECTS)('%i', async status => {
    const { destination } = server;
    const body = Buffer.from('the body');
    const upload = await destination.createUpload({ key: 'k', description: PLAIN, signal });
    const part = await destination.uploadPart({ upload, partNumber: 1, body, crc32: crc32(body), signal });
    const location = `${elsewhere.origin}/k?sig=secret-in-query`;
    const endpoint = new URL(elsewhere.origin).host;
    const xml = `<Error><Code>TemporaryRedirect</Code><Message>Go there.</Message><Endpoint>${endpoint}</Endpoint><Bucket>b</Bucket></Error>`;
    server.faults.intercept = ({ request, response }) => {
      request.resume();
      response.writeHead(status, { location, 'content-type': 'application/xml' });
      response.end(request.method === 'HEAD' ? undefined : xml);
      return true;
    };
    for (const work of [
      () => destination.head('k', { signal }),
      () => destination.put({ key: 'k', body, crc32: crc32(body), condition: EMPTY, description: PLAIN, signal }),
      () => destination.createUpload({ key: 'k', description: PLAIN, signal }),
      () => destination.uploadPart({ upload, partNumber: 1, body, crc32: crc32(body), signal }),
      () => destination.listParts(upload, { signal }),
      () =>
        destination.completeUpload({
          upload,
          parts: [part],
          sizeBytes: body.length,
          crc32: crc32(body),
          condition: EMPTY,
          signal,
        }),
      () => destination.listUploads('k', { signal }),
      () => destination.abortUpload(upload, { signal }),
    ]) {
      expect((await expectRefused(work())).code).toMatch(/^destination-/);
    }
    server.faults.intercept = undefined;
    expect(await destination.head('k', { signal })).toBeUndefined();
  });
});

describe('of SQS', () => {
  test.each(REDIRECTS)('%i, to the worker', async status => {
    const queueServer = await listenElsewhere({ status, location: `${elsewhere.origin}/?sig=secret-in-query` });
    const endpoint = queueServer.origin;
    const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test-secret' };
    const client = createSqsClient({ region: 'us-east-1', endpoint, credentials });
    const queue = createSqsMessageQueue({
      client,
      queueUrl: `${endpoint}/000000000000/live`,
      log: createLog({ level: 'silent' }),
      retry: { attempts: 2, baseMilliseconds: 1, maximumMilliseconds: 1 },
    });
    try {
      const receive = { maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 30, signal };
      for (const work of [
        () => queue.receive(receive),
        () => queue.send([{ body: '{}' }]),
        () => queue.delete(['r']),
      ]) {
        expect((await expectRefused(work())).code).toMatch(/^queue-/);
      }
      expect(queueServer.requests.length).toBeGreaterThanOrEqual(3);
    } finally {
      client.destroy();
      await queueServer.close();
    }
  });

  test.each(REDIRECTS)('%i, to the function', async status => {
    const queueServer = await listenElsewhere({ status, location: `${elsewhere.origin}/?sig=secret-in-query` });
    try {
      const handle = createHandler({
        ACCESS_KEY: 'AKIAEXAMPLE',
        SECRET_KEY: TEST_SECRETS['SECRET_KEY of the function'],
        QUEUE_URL: `${queueServer.origin}/000000000000/live`,
        LOG_LEVEL: 'silent',
      });
      expect((await expectRefused(handle(ossEventBytes('put-object')))).code).toMatch(/^queue-/);
      expect(queueServer.requests.length).toBeGreaterThanOrEqual(1);
    } finally {
      await queueServer.close();
    }
  });
});
