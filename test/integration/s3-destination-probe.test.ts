// What the probe at start finds out, and what it leaves behind. On the stand-in only.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Intercept, never, startTestDestination } from './s3-destination-fixture.ts';
import { answer, onFirst, stall } from './s3-faults.ts';

const signal = never;

let server: Awaited<ReturnType<typeof startTestDestination>>;
beforeEach(async () => {
  server = await startTestDestination();
});
afterEach(() => server.close());

const countOf = (operation: string) => server.requests.filter(request => request.operation === operation).length;

describe('probe', () => {
  const succeed: Intercept = ({ request, response, operation }) => {
    request.resume();
    response.writeHead(200, { etag: `"${'1'.repeat(32)}"` });
    response.end(
      operation === 'CompleteMultipartUpload'
        ? `<CompleteMultipartUploadResult><ETag>"${'1'.repeat(32)}-1"</ETag></CompleteMultipartUploadResult>`
        : '',
    );
    return true;
  };

  // PutObject 1: wrong checksum; 2: create; 3: create again; 4: If-Match of another ETag; 5: If-Match of the right one.
  it.each([
    ['If-None-Match on PutObject', 'PutObject', 3],
    ['If-Match on PutObject', 'PutObject', 4],
    ['If-None-Match on CompleteMultipartUpload', 'CompleteMultipartUpload', 1],
  ])('fails on a server that ignores %s', async (what, operation, nth) => {
    server.faults.intercept = exchange =>
      exchange.operation === operation && countOf(operation) === nth ? succeed(exchange) : false;
    await expect(server.destination.probe({ signal })).rejects.toMatchObject({
      kind: 'permanent',
      code: 'destination-ignores-conditions',
      message: expect.stringContaining(what),
    });
    expect(countOf('DeleteObject')).toBe(1);
  });

  it('fails on a server that does not check checksums', async () => {
    server.faults.intercept = onFirst('PutObject', 1, succeed);
    const failing = server.destination.probe({ signal });
    await expect(failing).rejects.toMatchObject({ kind: 'permanent', code: 'destination-ignores-checksums' });
  });

  it.each([
    ['PutObject', 's3:PutObject'],
    ['HeadObject', 's3:ListBucket'],
    ['CreateMultipartUpload', 's3:PutObject'],
    ['ListParts', 's3:ListMultipartUploadParts'],
    ['ListMultipartUploads', 's3:ListBucketMultipartUploads'],
    ['AbortMultipartUpload', 's3:AbortMultipartUpload'],
  ])('names the permission that %s lacks', async (operation, permission) => {
    server.faults.intercept = onFirst(operation, 99, answer(403, 'AccessDenied'));
    await expect(server.destination.probe({ signal })).rejects.toMatchObject({
      code: 'destination-access-denied',
      kind: 'permanent',
      message: expect.stringContaining(permission),
    });
  });

  it('passes without s3:DeleteObject, and says what stays behind', async () => {
    server.faults.intercept = onFirst('DeleteObject', 9, answer(403, 'AccessDenied'));
    await server.destination.probe({ signal });
    expect(server.lines.join()).toContain('s3:DeleteObject');
  });

  it('keeps to its prefix', async () => {
    await server.open({ probePrefix: 'only/here/' }).probe({ signal });
    const keys = server.requests.map(request => request.key).filter(key => key !== undefined);
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.every(key => key.startsWith('only/here/.oss-s3-bridge-probe-'))).toBe(true);
  });

  it('ends its upload also when it is aborted meanwhile', async () => {
    const controller = new AbortController();
    server.faults.intercept = onFirst('UploadPart', 1, exchange => {
      controller.abort();
      return stall(exchange);
    });
    const probing = server.destination.probe({ signal: controller.signal });
    await expect(probing).rejects.toMatchObject({ kind: 'cancelled' });
    expect(countOf('AbortMultipartUpload')).toBe(1);
    expect(countOf('DeleteObject')).toBe(1);
  });
});
