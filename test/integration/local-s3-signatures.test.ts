// What goes over the wire, beside what an SDK would send: signatures, raw keys, framings, broken bodies.

import { createHash } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BUCKET,
  CREDENTIALS,
  clientOf,
  codeOf,
  type LocalS3,
  presign,
  type RawRequest,
  REGION,
  sendRaw,
  startLocalS3,
} from './local-s3-harness.ts';

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.close());

const raw = (request: RawRequest) => sendRaw(s3.server, request);
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const object = (key: string) => `/${BUCKET}/${key}`;

describe('signatures', () => {
  it.each<[string, number, string, RawRequest['signing']]>([
    ['no signature', 403, 'AccessDenied', { isAnonymous: true }],
    ['an unknown access key', 403, 'InvalidAccessKeyId', { accessKeyId: 'AKIAOTHER' }],
    ['a wrong secret', 403, 'SignatureDoesNotMatch', { secretAccessKey: 'other' }],
    ['another region', 400, 'AuthorizationHeaderMalformed', { region: 'us-east-1' }],
    ['a clock 16 minutes slow', 403, 'RequestTimeTooSkewed', { date: minutesAgo(16) }],
    ['a clock 16 minutes fast', 403, 'RequestTimeTooSkewed', { date: minutesAgo(-16) }],
  ])('refuses %s', async (_, status, code, signing) => {
    const answer = await raw({ path: object('k'), signing: signing ?? {} });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers['x-amz-request-id']).toMatch(/^[0-9A-F]{16}$/);
    expect(answer.body).toContain('<Resource>/target-bucket/k</Resource>');
    if (signing?.region) expect(answer.body).toContain(`<Region>${REGION}</Region>`);
  });

  it('accepts a clock 14 minutes off', async () => {
    expect((await raw({ path: `/${BUCKET}?list-type=2`, signing: { date: minutesAgo(14) } })).status).toBe(200);
  });

  it('refuses a body that is not the one that was signed, and stores nothing', async () => {
    const headers = { 'x-amz-content-sha256': createHash('sha256').update('other').digest('hex') };
    const answer = await raw({ method: 'PUT', path: object('tampered'), body: 'content', headers });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect(await s3.store.find('tampered')).toBeUndefined();
  });

  it('takes an unsigned payload', async () => {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect((await raw({ method: 'PUT', path: object('unsigned'), body: 'content', headers })).status).toBe(200);
  });

  it('wants the right session token, in time', async () => {
    const sessionExpiresAt = new Date(Date.now() + 60_000);
    let now = new Date();
    const session = await startLocalS3({
      credentials: { ...CREDENTIALS, sessionToken: 'token', sessionExpiresAt },
      now: () => now,
    });
    const list = (sessionToken?: string) =>
      clientOf(session.server.endpoint, {
        credentials: { ...CREDENTIALS, ...(sessionToken && { sessionToken }) },
      }).send(new ListObjectsV2Command({ Bucket: BUCKET }));
    await list('token');
    await expect(list('other')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(list()).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    now = new Date(sessionExpiresAt.getTime() + 1);
    await expect(list('token')).rejects.toMatchObject({ name: 'ExpiredToken' });
    await session.close();
  });

  it('refuses x-amz- headers outside the signature', async () => {
    const url = presign(s3.server, { method: 'PUT', key: 'sneaky', expiresSeconds: 60 });
    const answer = await fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'public-read' } });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<HeadersNotSigned>x-amz-acl</HeadersNotSigned>');
  });
});

describe('presigned URLs', () => {
  it('serve until they expire', async () => {
    const good = presign(s3.server, {
      method: 'PUT',
      key: 'presigned',
      signedAt: minutesAgo(30),
      expiresSeconds: 3600,
      extra: '&x-amz-meta-a=1',
    });
    expect((await fetch(good, { method: 'PUT', body: 'x' })).status).toBe(200);
    expect((await s3.store.find('presigned'))?.metadata).toEqual({ a: '1' });
    const late = await fetch(
      presign(s3.server, { method: 'GET', key: 'presigned', signedAt: minutesAgo(30), expiresSeconds: 60 }),
    );
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('serve no other request than the one that was signed', async () => {
    const url = presign(s3.server, { method: 'GET', key: 'presigned', expiresSeconds: 60 });
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(url.replace('/presigned', '/unsigned'))).status).toBe(403);
  });
});
