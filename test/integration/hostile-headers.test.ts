// Answers whose headers are no headers: sent as bytes, since no server library would. Each ends in an error of ours, soon, and nothing of it is believed.

import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOssSource } from '../../aws-worker/storage/oss-source.ts';
import { createS3Destination } from '../../aws-worker/storage/s3-destination.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { createLog } from '../../shared/log.ts';
import { EMPTY, PLAIN, never as signal } from './s3-destination-fixture.ts';

const log = createLog({ level: 'silent' });
const GOOD = 'ETag: "5D41402ABC4B2A76B9719D911017C592"\r\nLast-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n';

let answer = '';
let server: Server;
beforeEach(async () => {
  server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer, 'latin1'));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise<void>(resolve => server.close(() => resolve())));

function origin(): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const ANSWERS: readonly (readonly [name: string, head: string])[] = [
  ['nothing', ''],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['HTTP of another age', 'HTTP/0.9 200 OK\r\n\r\n'],
  ['a status that is none', `HTTP/1.1 9999 OK\r\n${GOOD}Content-Length: 5\r\n\r\nhello`],
  [
    'control characters in a value',
    `HTTP/1.1 200 OK\r\n${GOOD}x-oss-meta-a: \u0000\u001b[31m\r\nContent-Length: 5\r\n\r\nhello`,
  ],
  ['control characters in a name', `HTTP/1.1 200 OK\r\n${GOOD}x-oss-\u001bmeta: a\r\nContent-Length: 5\r\n\r\nhello`],
  ['two lengths', `HTTP/1.1 200 OK\r\n${GOOD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  [
    'a length and chunks',
    `HTTP/1.1 200 OK\r\n${GOOD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ],
  ['a negative length', `HTTP/1.1 200 OK\r\n${GOOD}Content-Length: -5\r\n\r\nhello`],
  ['a length beyond all numbers', `HTTP/1.1 200 OK\r\n${GOOD}Content-Length: 99999999999999999999999\r\n\r\nhello`],
  ['a hundred thousand headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n`],
  ['a header without end', `HTTP/1.1 200 OK\r\nx-oss-meta-a: ${'x'.repeat(1_000_000)}`],
  [
    'chunks beyond all numbers',
    `HTTP/1.1 200 OK\r\n${GOOD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello`,
  ],
  ['many steps before an answer', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
];

async function expectFailure(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BridgeError)) throw new Error('It was to fail with a BridgeError.', { cause: error });
  expect(error.code).toMatch(/^(source|destination)-/);
  expect(error.kind).toBe('retryable');
  expect(error.message.length).toBeLessThan(1_000);
  expect(error.message).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
}

describe.each(ANSWERS)('%s', (_name, head) => {
  test('is no answer of OSS', async () => {
    answer = head;
    const source = createOssSource({
      region: 'cn-hangzhou',
      bucket: 'b',
      endpoint: new URL(origin()),
      credentials: async () => ({ accessKeyId: 'a', accessKeySecret: 'b' }),
      maxConnections: 2,
      retry: { attempts: 2, baseMilliseconds: 1 },
      log,
    });
    await expectFailure(source.head('k', { signal }));
    await expectFailure(
      source.open('k', { signal }).then(async opened => {
        await opened?.readInto(Buffer.alloc(Math.min(opened.lengthBytes, 64)), () => undefined);
      }),
    );
    await source.close();
  });

  test('is no answer of S3', async () => {
    answer = head;
    const destination = createS3Destination({
      bucket: 'b',
      region: 'us-east-1',
      endpoint: origin(),
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      forcePathStyle: true,
      metadataOverflow: 'fail',
      maxConnections: 2,
      retry: { maxAttempts: 2, baseMilliseconds: 1, maximumMilliseconds: 1 },
      timeouts: { idleMilliseconds: 300 },
      log,
    });
    const body = Buffer.from('hello');
    const upload = { key: 'k', uploadId: 'u' };
    await expectFailure(destination.createUpload({ key: 'k', description: PLAIN, signal }));
    await expectFailure(destination.listParts(upload, { signal }));
    const isWhole = /Content-Length: 5\r\n\r\n/.test(head);
    if (!isWhole) await expectFailure(destination.head('k', { signal }));
    if (!isWhole)
      await expectFailure(
        destination.put({ key: 'k', body, crc32: crc32(body), condition: EMPTY, description: PLAIN, signal }),
      );
    await destination.close();
  });
});
