// What goes over the wire, beside what an SDK would send: signatures, raw keys, framings, broken bodies.

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, codeOf, type LocalS3, type RawRequest, sendRaw, startLocalS3 } from './local-s3-harness.ts';

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.close());

const raw = (request: RawRequest) => sendRaw(s3.server, request);
const object = (key: string) => `/${BUCKET}/${key}`;

describe('keys and addresses', () => {
  it.each([
    '../up',
    './a//b/',
    'a/../b',
    '/lead',
    ' ',
    '+',
    '%2F',
    'ü/日本/😀',
    "(!*'~)",
    'a?b#c',
    '\u0001\r\n',
    'x'.repeat(1024),
  ])('keeps the key %j as it is, through the SDK', async Key => {
    await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Key }));
    const got = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    expect(await got.Body?.transformToString()).toBe(Key);
    expect((await s3.store.find(Key))?.key).toBe(Key);
  });

  it('serves a bucket that is named by the host', async () => {
    const headers = { host: `${BUCKET}.localhost:${s3.server.port}` };
    expect((await raw({ method: 'PUT', path: '/by/host', body: 'x', headers })).status).toBe(200);
    expect(await s3.store.find('by/host')).toBeDefined();
    expect((await raw({ path: '/?list-type=2&prefix=by/', headers })).body).toContain('<Key>by/host</Key>');
  });

  it.each([
    ['GET', '/target-bucket?policy', 501, 'NotImplemented'],
    ['PUT', '/target-bucket/k?acl', 501, 'NotImplemented'],
    ['PUT', '/target-bucket/k?legal-hold', 501, 'NotImplemented'],
    ['GET', '/target-bucket/k?versionId=abc', 501, 'NotImplemented'],
    ['GET', '/target-bucket/k?partNumber=1', 501, 'NotImplemented'],
    ['PATCH', '/target-bucket/k', 405, 'MethodNotAllowed'],
    ['POST', '/target-bucket/k', 405, 'MethodNotAllowed'],
    ['GET', '/target-bucket/%ff', 400, 'InvalidURI'],
    ['GET', '/no-such-bucket?list-type=2', 404, 'NoSuchBucket'],
    ['GET', '/target-bucket?list-type=2&max-keys=-1', 400, 'InvalidArgument'],
    ['GET', '/target-bucket?list-type=2&encoding-type=hex', 400, 'InvalidArgument'],
  ])('%s %s answers %i %s', async (method, path, status, code) => {
    // A target that cannot be read can't be signed either; it is refused before.
    const answer = await raw({ method, path, signing: { isAnonymous: path.includes('%ff') } });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it('answers HEAD without a body, whatever went wrong', async () => {
    const answer = await raw({ method: 'HEAD', path: object('none') });
    expect([answer.status, answer.body]).toEqual([404, '']);
  });

  it('lists names that XML cannot carry when they are asked for URL-encoded', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'odd/\u0001\u000b 1', Body: '' }));
    const page = await s3.client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'odd/', EncodingType: 'url' }),
    );
    expect(page.Contents?.[0]?.Key).toBe('odd/%01%0B+1');
  });

  it('keeps UTF-8 metadata and returns it in encoded words', async () => {
    const headers = { 'x-amz-meta-city': Buffer.from('杭州').toString('latin1') };
    expect((await raw({ method: 'PUT', path: object('utf8'), headers })).status).toBe(200);
    const answer = await raw({ method: 'HEAD', path: object('utf8') });
    expect(answer.headers['x-amz-meta-city']).toBe(`=?UTF-8?B?${Buffer.from('杭州').toString('base64')}?=`);
  });
});
