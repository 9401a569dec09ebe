// Who is let in by the local OSS, and with which words the others are turned away.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, CREDENTIALS, codeOf, elementOf, type LocalOss, startLocalOss } from './local-oss-fixture.ts';

const MINUTE = 60_000;

let oss: LocalOss;
let clock: Date | undefined;
beforeAll(async () => {
  oss = await startLocalOss({ now: () => clock ?? new Date() });
  await oss.client().put('a key/ключ+%.txt', Buffer.from('content'));
});
afterAll(() => oss.close());

describe('signatures in the header', () => {
  it('refuses a clock that is off by more than 15 minutes, either way', async () => {
    for (const [minutes, code] of [
      [-16, '403 RequestTimeTooSkewed'],
      [-14, '200'],
      [14, '200'],
      [16, '403 RequestTimeTooSkewed'],
    ] as const) {
      const date = new Date(Date.now() + minutes * MINUTE);
      expect(codeOf(await oss.send({ key: 'a key/ключ+%.txt', date }))).toBe(code);
    }
  });

  it('refuses another region with the code and the EC of the vendor', async () => {
    const answer = await oss.send({ key: 'x', region: 'us-west-1' });
    expect(codeOf(answer)).toBe('400 InvalidArgument');
    expect(elementOf(answer, 'EC')).toBe('0002-00000226');
    expect(elementOf(answer, 'Message')).toContain('Invalid signing region');
    expect(answer.headers['x-oss-ec']).toBe('0002-00000226');
  });

  it('covers the headers that the client adds', async () => {
    const additionalHeaders = ['if-match', 'range'];
    const headers = { range: 'bytes=0-1', 'if-match': '*' };
    const fine = await oss.send({ key: 'a key/ключ+%.txt', headers, additionalHeaders });
    expect(fine.status).toBe(206);
    const signed = { key: 'a key/ключ+%.txt', additionalHeaders: ['range'], headers: { range: 'bytes=0-1' } };
    expect((await oss.send(signed)).status).toBe(206);
  });

  it('says what should have been signed', async () => {
    const answer = await oss.send({ key: 'right', path: `/${BUCKET}/wrong` });
    expect(codeOf(answer)).toBe('403 SignatureDoesNotMatch');
    expect(elementOf(answer, 'CanonicalRequest')).toContain(`GET\n/${BUCKET}/wrong\n`);
    expect(elementOf(answer, 'StringToSign')).toMatch(/^OSS4-HMAC-SHA256\n/);
  });

  it('turns anonymous requests and S3 signatures away', async () => {
    expect(codeOf(await oss.send({ key: 'x', isAnonymous: true }))).toBe('403 AccessDenied');
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request' };
    expect(codeOf(await oss.send({ key: 'x', isAnonymous: true, headers }))).toBe('400 InvalidArgument');
  });

  it('reads version 1 with a Date header, as other SDKs sign it', async () => {
    const date = new Date().toUTCString();
    const text = `GET\n\n\n${date}\n/${BUCKET}/?bucketInfo`;
    const signature = createHmac('sha1', CREDENTIALS.accessKeySecret).update(text).digest('base64');
    const headers = { date, authorization: `OSS ${CREDENTIALS.accessKeyId}:${signature}` };
    const answer = await oss.exchangeRaw({ method: 'GET', path: `/${BUCKET}/?bucketInfo`, headers });
    expect(codeOf(answer)).toBe('200');
  });
});

describe('temporary credentials', () => {
  let guarded: LocalOss;
  beforeAll(async () => {
    guarded = await startLocalOss({ credentials: { ...CREDENTIALS, securityToken: 'the-token' } });
    await guarded.store.commit('k', [], { etag: 'E', headers: {}, metadata: {}, tags: {}, attributes: {} });
  });
  afterAll(() => guarded.close());

  it.each([false, true])('need their own token (version 4: %s)', async authorizationV4 => {
    const withToken = (stsToken: string) => guarded.client({ authorizationV4, stsToken, refreshSTSTokenInterval: 1e9 });
    expect((await withToken('the-token').get('k')).res.status).toBe(200);
    await expect(withToken('another').get('k')).rejects.toMatchObject({ code: 'InvalidSecurityToken', status: 403 });
    const without = guarded.client({ authorizationV4 });
    await expect(without.get('k')).rejects.toMatchObject({ code: 'InvalidAccessKeyId', status: 403 });
  });
});

describe('signatures in the URL', () => {
  // The SDK refuses to sign for an IP; the request goes to the server under a made-up domain of the bucket.
  const domain = 'http://oss.local.test';

  async function follow(url: string) {
    const { host, pathname, search } = new URL(url);
    return oss.exchangeRaw({ method: 'GET', path: pathname + search, headers: { host } });
  }

  it('works until it expires, in version 1', async () => {
    const url = oss.client({ endpoint: domain }).signatureUrl('a key/ключ+%.txt', { expires: 60 });
    expect(String((await follow(url)).body)).toBe('content');
    clock = new Date(Date.now() + 2 * MINUTE);
    const late = await follow(url);
    clock = undefined;
    expect(codeOf(late)).toBe('403 AccessDenied');
    expect(elementOf(late, 'Message')).toBe('Request has expired.');
    expect(codeOf(await follow(url.replace('key', 'other')))).toBe('403 SignatureDoesNotMatch');
  });

  it('works until it expires, in version 4', async () => {
    const signer = oss.client({ endpoint: domain });
    const headers = { host: `${BUCKET}.oss.local.test` };
    const url = await signer.signatureUrlV4('GET', 60, { headers }, 'a key/ключ+%.txt', ['host']);
    expect(String((await follow(url)).body)).toBe('content');
    clock = new Date(Date.now() + 2 * MINUTE);
    const late = await follow(url);
    clock = undefined;
    expect(codeOf(late)).toBe('403 AccessDenied');
    expect(codeOf(await follow(`${url}&response-content-type=text%2Fhtml`))).toBe('403 SignatureDoesNotMatch');
  });

  it('carries response headers in version 1', async () => {
    const response = { 'content-type': 'text/x-special' };
    const url = oss.client({ endpoint: domain }).signatureUrl('a key/ключ+%.txt', { expires: 60, response });
    expect((await follow(url)).headers['content-type']).toBe('text/x-special');
  });
});
