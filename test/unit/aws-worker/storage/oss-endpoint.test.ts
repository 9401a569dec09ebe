import { describe, expect, test } from 'vitest';
import { addressBucket } from '../../../../aws-worker/storage/oss-endpoint.ts';

const at = (endpoint: string | undefined, region = 'cn-hangzhou') =>
  addressBucket({ region, bucket: 'bucket', endpoint: endpoint === undefined ? undefined : new URL(endpoint) });

describe('where a bucket is', () => {
  test.each([
    ['the public endpoint', undefined, 'https://bucket.oss-cn-hangzhou.aliyuncs.com', ''],
    [
      'the internal one',
      'https://oss-cn-hangzhou-internal.aliyuncs.com',
      'https://bucket.oss-cn-hangzhou-internal.aliyuncs.com',
      '',
    ],
    ['acceleration', 'https://oss-accelerate.aliyuncs.com', 'https://bucket.oss-accelerate.aliyuncs.com', ''],
    [
      'a host that names the bucket already',
      'https://bucket.oss-cn-hangzhou.aliyuncs.com',
      'https://bucket.oss-cn-hangzhou.aliyuncs.com',
      '',
    ],
    ['a custom domain', 'https://files.example.com', 'https://files.example.com', ''],
    ['a custom domain with a port', 'https://files.example.com:8443', 'https://files.example.com:8443', ''],
    ['a domain that only looks like one of OSS', 'https://notaliyuncs.com', 'https://notaliyuncs.com', ''],
    ['an IP', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000', '/bucket'],
    ['an IPv6', 'http://[::1]:9000', 'http://[::1]:9000', '/bucket'],
    ['localhost', 'http://localhost:9000', 'http://localhost:9000', '/bucket'],
    ['a container', 'http://local:9000', 'http://local:9000', '/bucket'],
  ])('is right for %s', (_name, endpoint, origin, pathPrefix) => {
    expect(at(endpoint)).toEqual({ origin, pathPrefix });
  });

  test('takes the region with `oss-` as well', () => {
    expect(at(undefined, 'oss-cn-hangzhou')).toEqual(at(undefined));
  });

  test.each([
    'https://files.example.com/prefix',
    'https://files.example.com?x=1',
    'https://user:secret@files.example.com',
    'ftp://files.example.com',
    'https://s3.oss-cn-hangzhou.aliyuncs.com',
    'https://bucket.s3.oss-cn-hangzhou.aliyuncs.com',
  ])('refuses %s, and shows no password', endpoint => {
    let message = '';
    try {
      at(endpoint);
    } catch (error) {
      message = String(error);
      expect(error).toMatchObject({ kind: 'permanent', code: 'oss-endpoint-invalid' });
    }
    expect(message).toContain('OSS_ENDPOINT');
    expect(message).not.toContain('secret');
  });
});
