import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../../local/oss/request-address.ts';

const rules = { isBucket: (name: string) => name === 'bucket', cnames: new Map([['files.example.com', 'bucket']]) };

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:80', '/bucket/a/b', 'bucket', 'a/b'],
    ['127.0.0.1', '/bucket', 'bucket', ''],
    ['[::1]:80', '/bucket/', 'bucket', ''],
    ['127.0.0.1', '/', undefined, ''],
    ['localhost:80', '/bucket/a', 'bucket', 'a'],
    ['local-cloud:80', '/bucket/a', 'bucket', 'a'],
    ['bucket.localhost:80', '/bucket/a', 'bucket', 'bucket/a'],
    ['bucket.oss-cn-hangzhou.aliyuncs.com', '/a', 'bucket', 'a'],
    ['other.oss-cn-hangzhou.aliyuncs.com', '/a', 'other', 'a'],
    ['files.example.com', '/a', 'bucket', 'a'],
    ['oss-cn-hangzhou.aliyuncs.com', '/', undefined, ''],
    ['127.0.0.1', 'http://127.0.0.1/bucket/a', 'bucket', 'a'],
    ['127.0.0.1', '/bucket/a/../%2e%2E//c', 'bucket', 'a/../..//c'],
    ['127.0.0.1', '/bucket/a%252Fb+c', 'bucket', 'a%2Fb+c'],
    ['127.0.0.1', '/bucket/%F0%9F%98%80', 'bucket', '😀'],
  ])('reads %s %s', (host, target, bucket, key) => {
    expect(parseAddress({ target, host }, rules)).toMatchObject({ bucket, key });
  });

  it('decodes the query once, a plus as a space', () => {
    const { query } = parseAddress({ target: '/bucket/?symlink&a=b%3Dc&e=&p=x+y%2B', host: '127.0.0.1' }, rules);
    expect([...query]).toEqual([
      ['symlink', ''],
      ['a', 'b=c'],
      ['e', ''],
      ['p', 'x y+'],
    ]);
  });

  it.each([
    ['/bucket/%ff', 'InvalidObjectName'],
    ['/bucket/%ED%A0%80', 'InvalidObjectName'],
    ['/bucket/%4', 'InvalidObjectName'],
    ['/bucket//a', 'InvalidObjectName'],
    ['/bucket/%5ca', 'InvalidObjectName'],
    [`/bucket/${'%E4%B8%AD'.repeat(342)}`, 'InvalidObjectName'],
    ['/bucket/?a=%', 'InvalidURI'],
  ])('refuses %s', (target, code) => {
    expect(() => parseAddress({ target, host: '127.0.0.1' }, rules)).toThrow(expect.objectContaining({ code }));
  });
});
