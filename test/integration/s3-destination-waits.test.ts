// How long the destination adapter waits, and what it does not repeat. On the stand-in only.

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { EMPTY, type Intercept, never, PLAIN, startTestDestination } from './s3-destination-fixture.ts';
import { answer, onFirst, reset, resetAfterEffect, stall } from './s3-faults.ts';

const signal = never;
const body = Buffer.from('the body');
const LONG = { 'retry-after': '86400' };

let server: Awaited<ReturnType<typeof startTestDestination>>;
beforeEach(async () => {
  server = await startTestDestination();
});
afterEach(() => server.close());

const put = (bytes = body, destination = server.destination) =>
  destination.put({ key: 'k', body: bytes, crc32: crc32(bytes), condition: EMPTY, description: PLAIN, signal });
const create = (destination = server.destination) => destination.createUpload({ key: 'k', description: PLAIN, signal });
const countOf = (operation: string) => server.requests.filter(request => request.operation === operation).length;

describe('a pause that S3 asks for, longer than memory should be held for,', () => {
  const throttled = { code: 'destination-throttled', retryAfterMilliseconds: 86_400_000 };

  it('is left to the queue by put', async () => {
    server.faults.intercept = onFirst('PutObject', 9, answer(503, 'SlowDown', LONG));
    await expect(put()).rejects.toMatchObject(throttled);
    expect(countOf('PutObject')).toBe(1);
  });

  it('is left to the queue by uploadPart', async () => {
    const upload = await create();
    server.faults.intercept = onFirst('UploadPart', 9, answer(503, 'SlowDown', LONG));
    const part = server.destination.uploadPart({ upload, partNumber: 1, body, crc32: crc32(body), signal });
    await expect(part).rejects.toMatchObject(throttled);
    expect(countOf('UploadPart')).toBe(1);
  });

  it('is left to the queue by createUpload', async () => {
    server.faults.intercept = onFirst('CreateMultipartUpload', 9, answer(503, 'SlowDown', LONG));
    await expect(create()).rejects.toMatchObject(throttled);
    expect(countOf('CreateMultipartUpload')).toBe(1);
  });
});

describe('the deadline of a request', () => {
  const slow: Intercept = async () => {
    await delay(300);
    return false;
  };
  const bytes = Buffer.alloc(MEBIBYTE);

  it('grows with a part, which may be repeated at any time', async () => {
    const upload = await create();
    const hasty = server.open({ timeouts: { requestMilliseconds: 100 }, retry: { maxAttempts: 1 } });
    server.faults.intercept = onFirst('UploadPart', 1, slow);
    const part = hasty.uploadPart({ upload, partNumber: 1, body: bytes, crc32: crc32(bytes), signal });
    await expect(part).resolves.toMatchObject({ sizeBytes: MEBIBYTE });
  });

  it('does not grow with an object: others wait no longer than that for a write in doubt', async () => {
    const hasty = server.open({ timeouts: { requestMilliseconds: 100 } });
    server.faults.intercept = onFirst('PutObject', 1, slow);
    await expect(put(bytes, hasty)).rejects.toMatchObject({ code: 'destination-unknown' });
  });
});

describe('createUpload', () => {
  it.each([
    ['a reset before anything was done', reset],
    ['a reset after all was done', resetAfterEffect],
    ['an internal error', answer(500, 'InternalError')],
  ])(
    'is unknown, and not repeated, after %s: a second upload would leave the first to nobody',
    async (_name, fault) => {
      server.faults.intercept = onFirst('CreateMultipartUpload', 1, fault);
      await expect(create()).rejects.toMatchObject({ code: 'destination-unknown', kind: 'retryable' });
      expect(countOf('CreateMultipartUpload')).toBe(1);
    },
  );

  it('is repeated after throttling, which creates nothing', async () => {
    server.faults.intercept = onFirst('CreateMultipartUpload', 2, answer(503, 'SlowDown'));
    const upload = await create();
    expect(countOf('CreateMultipartUpload')).toBe(3);
    expect(await server.destination.listUploads('k', { signal })).toMatchObject([upload]);
  });

  it('does not wait for its answer as long as completing does', async () => {
    server.faults.intercept = onFirst('CreateMultipartUpload', 1, stall);
    const timeouts = { idleMilliseconds: 50, completeMilliseconds: 60_000 };
    await expect(create(server.open({ timeouts }))).rejects.toMatchObject({ code: 'destination-unknown' });
  });
});

describe('head', () => {
  it('keeps its connections, whatever it finds', async () => {
    await put();
    const ports = new Set<number | undefined>();
    server.faults.intercept = ({ request }) => {
      ports.add(request.socket.remotePort);
      return false;
    };
    for (let round = 0; round < 10; round++) {
      expect(await server.destination.head('k', { signal })).toMatchObject({ sizeBytes: body.length });
      expect(await server.destination.head('missing', { signal })).toBeUndefined();
    }
    // Two: the next request may come a moment before the connection of the last is free.
    expect(ports.size).toBeLessThanOrEqual(2);
    expect(countOf('HeadObject')).toBe(20);
  });

  it('looks again where a GET works: what was refused is mended by then', async () => {
    await put();
    server.faults.intercept = onFirst('HeadObject', 2, answer(403, ''));
    expect(await server.destination.head('k', { signal })).toBeDefined();
    expect([countOf('HeadObject'), countOf('GetObject')]).toEqual([3, 1]);
  });

  it('looks without the checksum where that is refused: the key of the object is not ours to use', async () => {
    await put();
    server.faults.intercept = exchange =>
      exchange.request.headers['x-amz-checksum-mode'] !== undefined && answer(403, '')(exchange);
    expect(await server.destination.head('k', { signal })).toMatchObject({ crc32: undefined });
    expect([countOf('HeadObject'), countOf('GetObject')]).toEqual([2, 0]);
  });
});
