import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, test } from 'vitest';
import { API_TOKEN, openApp } from './app-fixture.ts';

const PROTECTED = [
  ['GET', '/backfill'],
  ['HEAD', '/backfill'],
  ['OPTIONS', '/backfill'],
  ['POST', '/backfill'],
  ['GET', '/backfill/bf-1'],
  ['POST', '/backfill/bf-1/pause'],
  ['POST', '/backfill/bf-1/resume'],
  ['POST', '/backfill/bf-1/cancel'],
  ['GET', '/backfill/bf-1/failures'],
  ['GET', '/failures'],
  ['GET', '/status'],
  ['HEAD', '/status'],
  ['GET', '/openapi.json'],
  ['DELETE', '/backfill/bf-1'],
  ['GET', '/no-such-thing'],
  ['GET', '/dashboard/../../app.ts'],
] as const;

test.each(PROTECTED)('%s %s needs the token', async (method, url) => {
  const { app } = await openApp();
  const answer = await app.inject({ method, url });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="oss-s3-bridge"');
  expect(answer.headers).not.toHaveProperty('allow');
});

test.each(['/livez', '/readyz', '/metrics', '/', '/dashboard.js', '/dashboard.css'])(
  'GET %s needs no token',
  async url => {
    const { app } = await openApp();
    expect((await app.inject({ url })).statusCode).toBe(200);
  },
);

describe('the Authorization header', () => {
  const cases: readonly [what: string, status: number, authorization: string][] = [
    ['with the token', 200, `Bearer ${API_TOKEN}`],
    ['with the scheme in small letters', 200, `bearer ${API_TOKEN}`],
    ['with spaces before the token', 200, `BEARER   ${API_TOKEN}`],
    ['with a character more', 401, `Bearer ${API_TOKEN}x`],
    ['with a character less', 401, `Bearer ${API_TOKEN.slice(0, -1)}`],
    ['with the first character alone', 401, `Bearer ${API_TOKEN[0]}`],
    ['with another last character', 401, `Bearer ${API_TOKEN.slice(0, -1)}x`],
    ['with another first character', 401, `Bearer x${API_TOKEN.slice(1)}`],
    ['with far too many characters', 401, `Bearer ${API_TOKEN.repeat(200)}`],
    ['in capitals', 401, `Bearer ${API_TOKEN.toUpperCase()}`],
    ['with the token twice', 401, `Bearer ${API_TOKEN} ${API_TOKEN}`],
    ['of another scheme', 401, `Basic ${API_TOKEN}`],
    ['without a scheme', 401, API_TOKEN],
    ['without a token', 401, 'Bearer'],
    ['with a space for a token', 401, 'Bearer '],
    ['with nothing', 401, ''],
  ];
  test.each(cases)('%s is answered with %i', async (_what, status, authorization) => {
    const { app } = await openApp();
    expect((await app.inject({ url: '/status', headers: { authorization } })).statusCode).toBe(status);
  });

  test('is compared in constant time, whatever its length', async () => {
    const { app } = await openApp();
    const lengths = await lengthsCompared(async () => {
      for (const token of ['x', API_TOKEN, `${API_TOKEN}x`, API_TOKEN.repeat(100)]) {
        await app.inject({ url: '/status', headers: { authorization: `Bearer ${token}` } });
      }
    });
    // Digests of SHA-256, both sides of all four.
    expect(lengths).toEqual([32, 32, 32, 32, 32, 32, 32, 32]);
  });

  test('may carry a token that is not ASCII, as UTF-8', async () => {
    const apiToken = 'пароль-пароль-пароль';
    const { app } = await openApp({ apiToken });
    const authorization = `Bearer ${Buffer.from(apiToken, 'utf8').toString('latin1')}`;
    expect((await app.inject({ url: '/status', headers: { authorization } })).statusCode).toBe(200);
  });

  test('never passes when no token is configured', async () => {
    const { app } = await openApp({ apiToken: '' });
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer  ']) {
      expect((await app.inject({ url: '/status', headers: { authorization } })).statusCode).toBe(401);
    }
  });
});

/** The lengths of all that Node's constant-time comparison is given meanwhile. */
async function lengthsCompared(action: () => Promise<void>): Promise<readonly number[]> {
  const { timingSafeEqual } = crypto;
  const lengths: number[] = [];
  crypto.timingSafeEqual = (a, b) => {
    lengths.push(a.byteLength, b.byteLength);
    return timingSafeEqual(a, b);
  };
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  }
  return lengths;
}

test('a refusal says how to call, and names the token only when one was sent', async () => {
  const { app } = await openApp();
  const without = await app.inject({ url: '/status' });
  expect(without.json()).toMatchObject({ code: 'unauthorized', status: 401, instance: '/status' });
  expect(without.json().detail).toContain('Authorization: Bearer');
  const wrong = await app.inject({ url: '/status', headers: { authorization: 'Bearer wrong-token' } });
  expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
  expect(wrong.body).not.toContain('wrong-token');
});

test('the access log has the request, but neither the token nor the query', async () => {
  const { request, log } = await openApp();
  await request({ url: '/failures?after=secret-key' });
  const lines = log.lines('debug').join('');
  expect(lines).toContain('"path":"/failures"');
  expect(lines).toContain('"status":200');
  expect(lines).not.toContain(API_TOKEN);
  expect(lines).not.toContain('secret-key');
});
