import { expect, it } from 'vitest';
import { readRequestTarget } from '../../../../local/s3/request-target.ts';

it.each([
  ['/', 'localhost:1', undefined, undefined],
  ['/b', 'localhost:1', 'b', undefined],
  ['/b/', '127.0.0.1:1', 'b', undefined],
  ['/b//k', 'localhost', 'b', '/k'],
  ['/b/a/../c', 'localhost', 'b', 'a/../c'],
  ['/b/a%2Fb%20c+d', 'localhost', 'b', 'a/b c d'],
  ['/b/%2B', 'localhost', 'b', '+'],
  ['http://other/b/k', 'localhost', 'b', 'k'],
  ['/', 'b.localhost:1', 'b', undefined],
  ['/k/l', 'b.c.localhost', 'b.c', 'k/l'],
])('%s at %s is bucket %j, key %j', (url, host, bucket, key) => {
  expect(readRequestTarget(url, host)).toMatchObject({ bucket, key });
});

it('keeps the order and the repetitions of query parameters', () => {
  expect(readRequestTarget('/b?z=1&a&a=x%3Dy&&q=1+2', '').query).toEqual([
    ['z', '1'],
    ['a', ''],
    ['a', 'x=y'],
    ['q', '1 2'],
  ]);
});

it.each(['/b/%', '/b/%ff', '/b?a=%zz'])('refuses %s', url => {
  expect(() => readRequestTarget(url, '')).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
});
