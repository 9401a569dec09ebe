// No key, upload id or prefix decides where a request goes: it stays in the path or the query of the bucket that is configured, as it is, and is
// the same text again once it is decoded. Read off the wire, from a server that refuses everything.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Pool } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOssListing } from '../../aws-worker/storage/oss-listing.ts';
import { createOssSource } from '../../aws-worker/storage/oss-source.ts';
import { DEFAULT_TIMEOUTS, type OssSourceOptions } from '../../aws-worker/storage/oss-source-options.ts';
import { createOssTransport } from '../../aws-worker/storage/oss-transport.ts';
import { createTrafficLimits } from '../../aws-worker/storage/rate-limit.ts';
import { createS3Destination } from '../../aws-worker/storage/s3-destination.ts';
import { sendHttpRequest } from '../../aws-worker/storage/s3-http.ts';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';
import { createLog } from '../../shared/log.ts';
import { EMPTY, PLAIN } from './s3-destination-fixture.ts';

const HOSTILE = [
  '//evil.example/x',
  '/evil.example/x',
  'http://evil.example/x',
  'https:evil.example',
  '@evil.example/x',
  'user:password@evil.example/x',
  ':80@evil.example/',
  '../../other-bucket/x',
  '/../../other-bucket/x',
  '..',
  './/./x/..',
  'a/%2e%2e/%2e%2e/other-bucket/x',
  '?uploads',
  'x?acl&versionId=1#fragment',
  '#fragment',
  '\\\\evil.example\\x',
  'x HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /x',
  'x\u0000y',
  '\u2028\uff0f\uff0fevil.example',
  ';jsessionid=1;a/b',
  '{evil.example}',
  '$(evil)',
];
const BUCKET = 'bucket';
const signal = new AbortController().signal;
const log = createLog({ level: 'silent' });

let server: Server;
let origin: string;
let host: string;
let seen: { readonly method: string; readonly url: string; readonly host: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', host: request.headers.host });
    request.resume();
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : '<Error><Code>AccessDenied</Code></Error>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  origin = `http://${host}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Everything went to the server, and named the bucket and then the key, to the letter. */
function expectTargets(key: string, { base, atLeast }: { readonly base: string; readonly atLeast: number }): void {
  expect(seen.length).toBeGreaterThanOrEqual(atLeast);
  for (const { url, host: named } of seen) {
    expect(named).toBe(host);
    const [path = '', ...rest] = url.split('?');
    expect(rest.length).toBeLessThanOrEqual(1);
    expect(url).toMatch(/^\/[\w.~!$&'()*+,;=:@%/?-]*$/);
    expect(path.startsWith(base)).toBe(true);
    expect(decodeURIComponent(path.slice(base.length))).toBe(key);
  }
}

async function refused(...requests: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(requests);
  expect(results.map(({ status }) => status)).toEqual(requests.map(() => 'rejected'));
}

describe('OSS', () => {
  const options = (): OssSourceOptions => ({
    region: 'cn-hangzhou',
    bucket: BUCKET,
    endpoint: new URL(origin),
    credentials: async () => ({ accessKeyId: 'id', accessKeySecret: 'secret' }),
    maxConnections: 4,
    log,
    retry: { attempts: 1 },
  });

  test.each(HOSTILE)('is asked for the object %j of the bucket', async key => {
    const source = createOssSource(options());
    await refused(source.head(key, { signal }), source.open(key, { signal }), source.tags(key, { signal }));
    await source.close();
    expectTargets(key, { base: `/${BUCKET}/`, atLeast: 3 });
  });

  test.each(HOSTILE)('is asked for the object %j also where the host name names the bucket', async key => {
    const transport = createOssTransport({
      address: { origin, pathPrefix: '' },
      region: 'cn-hangzhou',
      maxConnections: 1,
      timeouts: DEFAULT_TIMEOUTS,
      limits: createTrafficLimits({ maxRequestsPerSecond: undefined, maxMegabitsPerSecond: undefined }),
      now: Date.now,
    });
    await refused(transport.send({ method: 'GET', key, queryText: '', headers: {}, signal }));
    await transport.close();
    expectTargets(key, { base: '/', atLeast: 1 });
  });

  test.each(HOSTILE)('is asked to list the bucket under the prefix %j and after it', async prefix => {
    const listing = createOssListing(options());
    await refused(listing.list({ prefix, startAfter: prefix, limit: 10, signal }));
    await listing.close();
    expectTargets('', { base: `/${BUCKET}/`, atLeast: 1 });
    const query = new URLSearchParams(seen[0]?.url.split('?')[1]);
    expect([query.get('prefix'), query.get('start-after')]).toEqual([prefix, prefix]);
    expect([...query.keys()].toSorted()).toEqual([...new Set(query.keys())].toSorted());
  });
});

describe('S3', () => {
  const open = () =>
    createS3Destination({
      bucket: BUCKET,
      region: 'us-east-1',
      endpoint: origin,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      forcePathStyle: true,
      metadataOverflow: 'fail',
      maxConnections: 4,
      log,
      retry: { maxAttempts: 1 },
    });

  test.each(HOSTILE)('is asked for and given the object %j of the bucket', async key => {
    const destination = open();
    const body = Buffer.from('x');
    const upload = { key, uploadId: key };
    const write = { crc32: 0, condition: EMPTY, signal } as const;
    const part = { partNumber: 1, sizeBytes: 1, etag: 'e', crc32: 0 };
    await refused(
      destination.head(key, { signal }),
      destination.put({ ...write, key, body, description: PLAIN }),
      destination.createUpload({ key, description: PLAIN, signal }),
      destination.uploadPart({ upload, partNumber: 1, body, crc32: 0, signal }),
      destination.listParts(upload, { signal }),
      destination.completeUpload({ ...write, upload, parts: [part], sizeBytes: 1 }),
      destination.abortUpload(upload, { signal }),
    );
    await destination.close();
    expectTargets(key, { base: `/${BUCKET}/`, atLeast: 7 });
    const ids = seen.flatMap(({ url }) => new URLSearchParams(url.split('?')[1]).get('uploadId') ?? []);
    expect(ids).toEqual([key, key, key, key]);
  });

  test.each(HOSTILE)('is asked to list uploads of the bucket for %j', async key => {
    const destination = open();
    await refused(destination.listUploads(key, { signal }));
    await destination.close();
    expectTargets('', { base: `/${BUCKET}/`, atLeast: 1 });
    expect(new URLSearchParams(seen[0]?.url.split('?')[1]).get('prefix')).toBe(key);
  });

  test.each(HOSTILE)('is asked for the object %j also where the host name names the bucket', async key => {
    const pool = new Pool(origin);
    const request = { method: 'HEAD', headers: {}, body: undefined, deadlineMilliseconds: 1000, signal } as const;
    const answer = await sendHttpRequest(pool, { ...request, path: `/${encodeKeyForUrl(key)}` });
    await pool.destroy();
    expect(answer.status).toBe(403);
    expectTargets(key, { base: '/', atLeast: 1 });
  });
});
