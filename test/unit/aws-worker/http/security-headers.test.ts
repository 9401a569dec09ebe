import { expect, test } from 'vitest';
import { openApp } from './app-fixture.ts';

test.each(['/status', '/livez', '/metrics', '/no-such-thing', '/backfill?limit=x', '/backfill/%zz'])(
  '%s is nobody’s frame, script or cache entry',
  async url => {
    const { request } = await openApp();
    const { headers } = await request({ url });
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test('no other origin is allowed to read anything', async () => {
  const { request } = await openApp();
  for (const method of ['GET', 'OPTIONS'] as const) {
    const { headers } = await request({ method, url: '/status' });
    expect(Object.keys(headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
  }
});
