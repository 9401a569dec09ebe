// What the destination adapter does when S3, or the way to it, misbehaves. On the stand-in only.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { EMPTY, type Intercept, never, PLAIN, startTestDestination } from './s3-destination-fixture.ts';
import { answer, onFirst, reset, resetAfterEffect, stall } from './s3-faults.ts';

const signal = never;
const body = Buffer.from('the body');
const checksum = crc32(body);

let server: Awaited<ReturnType<typeof startTestDestination>>;
beforeEach(async () => {
  server = await startTestDestination();
});
afterEach(() => server.close());

const put = (more: Partial<Parameters<typeof server.destination.put>[0]> = {}, destination = server.destination) =>
  destination.put({ key: 'k', body, crc32: checksum, condition: EMPTY, description: PLAIN, signal, ...more });

const create = () => server.destination.createUpload({ key: 'k', description: PLAIN, signal });

const countOf = (operation: string) => server.requests.filter(request => request.operation === operation).length;

describe('put', () => {
  it.each([
    ['throttling', answer(503, 'SlowDown')],
    ['a body that S3 did not wait for', answer(400, 'RequestTimeout')],
  ])('is repeated after %s, which leaves nothing open', async (_name, fault) => {
    server.faults.intercept = onFirst('PutObject', 2, fault);
    await put();
    expect(countOf('PutObject')).toBe(3);
    expect((await server.read('k')).equals(body)).toBe(true);
  });

  it('gives up on throttling in the end, with what S3 asked for', async () => {
    server.faults.intercept = onFirst('PutObject', 99, answer(503, 'SlowDown', { 'retry-after': '0' }));
    await expect(put()).rejects.toMatchObject({
      code: 'destination-throttled',
      kind: 'retryable',
      retryAfterMilliseconds: 0,
    });
    expect(countOf('PutObject')).toBe(4);
  });

  it.each([
    ['a reset before anything was done', reset],
    ['a reset after all was done', resetAfterEffect],
    ['an internal error', answer(500, 'InternalError')],
    ['a gateway without words', answer(503, '')],
    ['a 503 that is not throttling', answer(503, 'ServiceUnavailable')],
  ])('is unknown, and not repeated, after %s', async (_name, fault) => {
    server.faults.intercept = onFirst('PutObject', 1, fault);
    await expect(put()).rejects.toMatchObject({ code: 'destination-unknown', kind: 'retryable' });
    expect(countOf('PutObject')).toBe(1);
  });

  it('is unknown when no answer comes', async () => {
    server.faults.intercept = onFirst('PutObject', 1, stall);
    const hasty = server.open({ timeouts: { requestMilliseconds: 50 } });
    await expect(put({}, hasty)).rejects.toMatchObject({ code: 'destination-unknown', kind: 'retryable' });
    expect(countOf('PutObject')).toBe(1);
  });

  it('is not done for certain when there is no connection', async () => {
    const nobody = server.open({ endpoint: 'http://127.0.0.1:1', retry: { maxAttempts: 2 } });
    await expect(put({}, nobody)).rejects.toMatchObject({ code: 'destination-unavailable', kind: 'retryable' });
  });

  it('is not sent, and not unknown, while it waits for a connection past its deadline', async () => {
    const upload = await create();
    server.faults.intercept = onFirst('UploadPart', 1, stall);
    const narrow = server.open({ maxConnections: 1, retry: { maxAttempts: 1 }, timeouts: { requestMilliseconds: 80 } });
    const part = Buffer.alloc(MEBIBYTE); // Its deadline is a second later than that of the put.
    const holding = narrow.uploadPart({ upload, partNumber: 1, body: part, crc32: crc32(part), signal });
    const held = expect(holding).rejects.toMatchObject({ code: 'destination-unavailable' });
    await expect(put({}, narrow)).rejects.toMatchObject({ code: 'destination-unavailable' });
    expect(countOf('PutObject')).toBe(0);
    await held;
  });

  it('reports a conflict and does not repeat it', async () => {
    server.faults.intercept = onFirst('PutObject', 1, answer(409, 'ConditionalRequestConflict'));
    await expect(put()).rejects.toMatchObject({ code: 'destination-conflict', kind: 'retryable' });
    expect(countOf('PutObject')).toBe(1);
  });

  it('stops at once when it is cancelled, and frees its connection', async () => {
    server.faults.intercept = onFirst('PutObject', 1, stall);
    const narrow = server.open({ maxConnections: 1 });
    const controller = new AbortController();
    const stopped = expect(put({ signal: controller.signal }, narrow)).rejects.toMatchObject({ kind: 'cancelled' });
    while (countOf('PutObject') === 0) await new Promise(resolve => setImmediate(resolve));
    controller.abort();
    await stopped;
    await put({ key: 'next' }, narrow);
  });

  it('corrects a clock that S3 finds wrong, and tries again', async () => {
    const serverTime = new Date(Date.now() + 3_600_000).toUTCString();
    server.faults.intercept = onFirst('PutObject', 1, answer(403, 'RequestTimeTooSkewed', { date: serverTime }));
    const dates: (string | string[] | undefined)[] = [];
    const skewed = server.faults.intercept;
    server.faults.intercept = exchange => {
      dates.push(exchange.request.headers['x-amz-date']);
      return skewed(exchange);
    };
    // The stand-in's clock is right, so it refuses the corrected request: but that has moved by an hour.
    await expect(put()).rejects.toMatchObject({ code: 'destination-credentials' });
    expect(dates).toHaveLength(2);
    const hours = dates.map(date => Number(String(date).slice(9, 11)));
    expect(((hours[1] ?? 0) - (hours[0] ?? 0) + 24) % 24).toBe(1);
  });

  it('fetches new credentials for an expired token, once', async () => {
    server.faults.intercept = onFirst('PutObject', 1, answer(400, 'ExpiredToken'));
    await put();
    server.faults.intercept = onFirst('PutObject', 99, answer(400, 'ExpiredToken'));
    await expect(put({ key: 'other' })).rejects.toMatchObject({ code: 'destination-credentials', kind: 'permanent' });
    expect(countOf('PutObject')).toBe(4);
  });

  it('says nothing secret when the credentials cannot be had', async () => {
    const destination = server.open({
      credentials: async () => {
        throw new Error('no role here');
      },
    });
    await expect(put({}, destination)).rejects.toMatchObject({ code: 'destination-credentials', kind: 'permanent' });
  });

  it('never leaves the body unsigned over plain HTTP', async () => {
    let hash: unknown;
    server.faults.intercept = ({ request }) => {
      hash = request.headers['x-amz-content-sha256'];
      return false;
    };
    await put();
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('uploadPart', () => {
  it.each([
    ['throttling', answer(503, 'SlowDown')],
    ['an internal error', answer(500, 'InternalError')],
    ['a reset before anything was done', reset],
    ['a reset after all was done', resetAfterEffect],
    ['bytes damaged on the way', answer(400, 'BadDigest')],
  ])('is repeated from memory after %s', async (_name, fault) => {
    const upload = await create();
    server.faults.intercept = onFirst('UploadPart', 2, fault);
    const part = await server.destination.uploadPart({ upload, partNumber: 1, body, crc32: checksum, signal });
    expect(await server.destination.listParts(upload, { signal })).toEqual([part]);
    expect(countOf('UploadPart')).toBe(3);
  });

  it.each([
    ['a missing upload', answer(404, 'NoSuchUpload'), 'upload-missing'],
    ['a refusal', answer(403, 'AccessDenied'), 'destination-access-denied'],
  ])('is not repeated after %s', async (_name, fault, code) => {
    const upload = await create();
    server.faults.intercept = onFirst('UploadPart', 9, fault);
    const part = server.destination.uploadPart({ upload, partNumber: 1, body, crc32: checksum, signal });
    await expect(part).rejects.toMatchObject({ code });
    expect(countOf('UploadPart')).toBe(1);
  });
});

describe('completeUpload', () => {
  async function readyToComplete() {
    const upload = await create();
    const part = await server.destination.uploadPart({ upload, partNumber: 1, body, crc32: checksum, signal });
    return { upload, parts: [part], sizeBytes: body.length, crc32: checksum, condition: EMPTY, signal };
  }

  it.each([
    ['a reset before anything was done', reset, 'destination-unknown'],
    ['a reset after all was done', resetAfterEffect, 'destination-unknown'],
    ['an internal error', answer(500, 'InternalError'), 'destination-unknown'],
    ['an error in a 200', answer(200, 'InternalError'), 'destination-unknown'],
    ['a failed condition in a 200', answer(200, 'PreconditionFailed'), 'destination-changed'],
    ['a conflict', answer(409, 'ConditionalRequestConflict'), 'destination-conflict'],
    ['throttling', answer(503, 'SlowDown'), 'destination-throttled'],
    ['the object gone', answer(404, 'NoSuchKey'), 'destination-changed'],
  ])('is sent once, and after %s says what is known', async (_name, fault, code) => {
    const request = await readyToComplete();
    server.faults.intercept = onFirst('CompleteMultipartUpload', 99, fault);
    await expect(server.destination.completeUpload(request)).rejects.toMatchObject({ code, kind: 'retryable' });
    expect(countOf('CompleteMultipartUpload')).toBe(1);
  });

  it('waits for its answer longer than other calls, and not for ever', async () => {
    const timeouts = { idleMilliseconds: 20, requestMilliseconds: 20, completeMilliseconds: 200 };
    const request = await readyToComplete();
    const destination = server.open({ timeouts });
    server.faults.intercept = onFirst('CompleteMultipartUpload', 1, stall);
    const started = performance.now();
    await expect(destination.completeUpload(request)).rejects.toMatchObject({ code: 'destination-unknown' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(190);
  });
});

describe('other calls', () => {
  it('are repeated by the SDK where that is harmless', async () => {
    await put();
    server.faults.intercept = onFirst('HeadObject', 2, answer(500, 'InternalError'));
    expect(await server.destination.head('k', { signal })).toBeDefined();
    expect(countOf('HeadObject')).toBe(3);
  });

  it('end when their signal does', async () => {
    server.faults.intercept = onFirst('HeadObject', 1, stall);
    const controller = new AbortController();
    const stopped = expect(server.destination.head('k', { signal: controller.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    while (countOf('HeadObject') === 0) await new Promise(resolve => setImmediate(resolve));
    controller.abort();
    await stopped;
  });

  it('tell a missing permission from wrong credentials, though a HEAD has no body', async () => {
    const bare: Intercept = ({ response }) => {
      response.writeHead(403);
      response.end();
      return true;
    };
    for (const [code, expected] of [
      ['AccessDenied', 'destination-access-denied'],
      ['InvalidAccessKeyId', 'destination-credentials'],
    ] as const) {
      server.faults.intercept = exchange =>
        exchange.operation === 'HeadObject' ? bare(exchange) : answer(403, code)(exchange);
      await expect(server.destination.head('k', { signal })).rejects.toMatchObject({
        code: expected,
        kind: 'permanent',
      });
    }
  });

  it('name the region of a bucket that is elsewhere', async () => {
    const moved = { 'x-amz-bucket-region': 'ap-east-1' };
    server.faults.intercept = answer(301, 'PermanentRedirect', moved);
    const elsewhere = { code: 'destination-region', message: expect.stringContaining('S3_REGION=ap-east-1') };
    await expect(server.destination.head('k', { signal })).rejects.toMatchObject(elsewhere);
    await expect(put()).rejects.toMatchObject(elsewhere);
    await expect(create()).rejects.toMatchObject(elsewhere);
  });
});
