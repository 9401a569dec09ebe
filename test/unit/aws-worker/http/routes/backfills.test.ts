import { describe, expect, test } from 'vitest';
import type { StartBackfill } from '../../../../../aws-worker/backfill/start-backfill.ts';
import { AUTHORIZED, aBackfill, backfillsOf, openApp } from '../app-fixture.ts';

async function openStarting(isNew = true) {
  const started: StartBackfill[] = [];
  const start = async (request: StartBackfill) => {
    started.push(request);
    return { backfill: aBackfill({ id: 'bf 9' }), isNew };
  };
  return { started, ...(await openApp({ backfills: backfillsOf([], { start }) })) };
}

describe('POST /backfill', () => {
  test.each([
    ['no body', {}, {}],
    ['an empty JSON body', { headers: { ...AUTHORIZED, 'content-type': 'application/json' }, payload: '' }, {}],
    ['{}', { payload: {} }, {}],
    [
      'every field',
      { payload: { prefix: 'p/', mode: 'all', force: true } },
      { prefix: 'p/', mode: 'all', force: true },
    ],
    ['an empty prefix', { payload: { prefix: '' } }, { prefix: '' }],
    ['any Unicode prefix', { payload: { prefix: '照片/\u0000🦄' } }, { prefix: '照片/\u0000🦄' }],
  ])('starts one for %s', async (_case, options, expected) => {
    const { request, started } = await openStarting();
    const answer = await request({ method: 'POST', url: '/backfill', ...options });
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.location).toBe('/backfill/bf%209');
    expect(answer.json()).toMatchObject({ id: 'bf 9', state: 'copying', found: 400 });
    expect(started).toEqual([expected]);
  });

  test('answers the same for one that runs already', async () => {
    const { request } = await openStarting(false);
    expect((await request({ method: 'POST', url: '/backfill' })).statusCode).toBe(202);
  });

  test.each([
    [{ prefx: 'a' }, 'prefx'],
    [{ prefix: 1 }, 'prefix'],
    [{ prefix: null }, 'prefix'],
    [{ prefix: ['a'] }, 'prefix'],
    [{ prefix: '\ud800' }, 'prefix'],
    [{ mode: 'verify' }, 'mode'],
    [{ mode: '' }, 'mode'],
    [{ force: 'true' }, 'force'],
    [{ force: 1 }, 'force'],
    [{ idempotencyKey: 'k' }, 'idempotencyKey'],
    [[], 'body'],
  ])('refuses %j and names %s', async (payload, field) => {
    const { app, started } = await openStarting();
    const answer = await app.inject({
      method: 'POST',
      url: '/backfill',
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ field, message: expect.any(String) }]);
    expect(started).toEqual([]);
  });

  test.each([
    ['characters', 'a'.repeat(1024)],
    ['bytes of UTF-8', 'é'.repeat(512)],
  ])('refuses a prefix of more than 1,023 %s', async (_unit, prefix) => {
    const { request } = await openStarting();
    const answer = await request({ method: 'POST', url: '/backfill', payload: { prefix } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ field: 'prefix' }]);
  });

  test('refuses a literal null, which is not an empty body', async () => {
    const { app } = await openStarting();
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/backfill', headers, payload: 'null' });
    expect(answer.statusCode).toBe(400);
  });

  test('refuses a query, where somebody meant the body', async () => {
    const { request } = await openStarting();
    const answer = await request({ method: 'POST', url: '/backfill?prefix=a' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ field: 'prefix', message: 'is not known; nothing is taken here' }]);
  });
});

describe('Idempotency-Key', () => {
  test('is passed on as it came', async () => {
    const { app, started } = await openStarting();
    const headers = { ...AUTHORIZED, 'idempotency-key': '"8e03978e"' };
    await app.inject({ method: 'POST', url: '/backfill', headers, payload: { mode: 'all' } });
    expect(started).toEqual([{ mode: 'all', idempotencyKey: '"8e03978e"' }]);
  });

  test.each([
    [200, 202],
    [201, 400],
    [0, 400],
  ])('of %i characters is answered with %i', async (length, status) => {
    const { app } = await openStarting();
    const headers = { ...AUTHORIZED, 'idempotency-key': 'k'.repeat(length) };
    const answer = await app.inject({ method: 'POST', url: '/backfill', headers });
    expect(answer.statusCode).toBe(status);
    if (status === 400) expect(answer.json().errors).toMatchObject([{ field: 'idempotency-key' }]);
  });
});

describe('GET /backfill', () => {
  const backfills = backfillsOf(['c', 'b', 'a'].map(id => aBackfill({ id })));

  test.each([
    ['', ['c', 'b', 'a']],
    ['?limit=2', ['c', 'b']],
    ['/?limit=1', ['c']],
  ])('%s lists the newest first', async (query, ids) => {
    const { request } = await openApp({ backfills });
    const answer = await request({ url: `/backfill${query}` });
    expect(answer.json().backfills.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  test.each(['limit=0', 'limit=101', 'limit=two', 'limit=1&limit=2', 'Limit=1'])('refuses ?%s', async query => {
    const { request } = await openApp({ backfills });
    const answer = await request({ url: `/backfill?${query}` });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toHaveLength(1);
  });
});

describe('GET /backfill/:id', () => {
  test('shows it', async () => {
    const { request } = await openApp({ backfills: backfillsOf([aBackfill()]) });
    expect((await request({ url: '/backfill/bf-1' })).json()).toMatchObject({ id: 'bf-1', etaSeconds: 300 });
  });

  test.each(['bf-2', '__proto__', '%00', '..%2F..'])('%s is not there', async id => {
    const { request } = await openApp({ backfills: backfillsOf([aBackfill()]) });
    const answer = await request({ url: `/backfill/${id}` });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  test('an id that is far too long is refused as such', async () => {
    const { request } = await openApp();
    const answer = await request({ url: `/backfill/${'x'.repeat(500)}` });
    expect(answer.statusCode).toBe(414);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});
