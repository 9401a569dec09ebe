import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { backfillsOf, openApp } from './app-fixture.ts';

function failing(error: unknown) {
  return openApp({
    backfills: backfillsOf([], { start: () => Promise.reject(error), list: () => Promise.reject(error) }),
  });
}

function bridgeError(code: string, kind: 'permanent' | 'retryable' | 'cancelled' = 'permanent') {
  return new BridgeError({ kind, code, message: `What ${code} means.` });
}

describe('an error of ours', () => {
  const cases: readonly [BridgeError, number][] = [
    [bridgeError('prefix-outside-source'), 400],
    [bridgeError('idempotency-key-reused'), 422],
    [bridgeError('ledger-busy', 'retryable'), 503],
    [bridgeError('ledger-unavailable'), 503],
    [bridgeError('queue-unavailable', 'retryable'), 503],
    [bridgeError('queue-access-denied'), 503],
    [bridgeError('cancelled', 'cancelled'), 503],
  ];
  test.each(cases)('$code is answered with %i, in its own words', async (error, status) => {
    const { request } = await failing(error);
    const answer = await request({ method: 'POST', url: '/backfill' });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({
      type: `urn:problem-type:oss-s3-bridge:${error.code}`,
      status,
      code: error.code,
      detail: error.message,
      instance: '/backfill',
      requestId: answer.headers['x-request-id'],
    });
    expect('retry-after' in answer.headers).toBe(status === 503);
  });

  test('names the field when it is about one', async () => {
    const { request } = await failing(bridgeError('prefix-outside-source'));
    const answer = await request({ method: 'POST', url: '/backfill', payload: { prefix: 'b/' } });
    expect(answer.json().errors).toEqual([{ field: 'prefix', message: 'What prefix-outside-source means.' }]);
  });

  test('passes on how long to wait, in whole seconds', async () => {
    const { request } = await failing(
      new BridgeError({ kind: 'retryable', code: 'queue-throttled', message: 'Slow.', retryAfterMilliseconds: 2100 }),
    );
    expect((await request({ url: '/backfill' })).headers['retry-after']).toBe('3');
  });
});

describe('an error that nobody foresaw', () => {
  const cases: readonly [string, unknown][] = [
    ['an Error', new Error('password=hunter2')],
    [
      'a permanent BridgeError of another code',
      new BridgeError({ kind: 'permanent', code: 'odd', message: 'hunter2' }),
    ],
    ['an SDK error with a status of its own', Object.assign(new Error('hunter2'), { statusCode: 403, code: 'Denied' })],
    ['no Error at all', 'hunter2'],
  ];
  test.each(cases)('%s is a 500 that tells nothing, and is logged', async (_case, error) => {
    const { request, log } = await failing(error);
    const answer = await request({ url: '/backfill' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
    const [line] = log.lines('error');
    expect(line).toContain('hunter2');
    expect(line).toContain(answer.json().requestId);
  });
});

describe('a request that is not understood', () => {
  const json = { 'content-type': 'application/json' };
  const cases: readonly [string, { headers?: Record<string, string>; payload?: string | Buffer }, number, string][] = [
    ['malformed JSON', { headers: json, payload: '{"prefix":' }, 400, 'malformed-json'],
    [
      'JSON that is not UTF-8',
      { headers: json, payload: Buffer.from('{"prefix":"\xff"}', 'latin1') },
      400,
      'malformed-json',
    ],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' },
      415,
      'unsupported-content-type',
    ],
    ['plain text', { headers: { 'content-type': 'text/plain' }, payload: '{}' }, 415, 'unsupported-content-type'],
    ['a body without a type', { payload: '{}' }, 415, 'unsupported-content-type'],
    ['too large a body', { headers: json, payload: `{"prefix":"${'a'.repeat(16 * 1024)}"}` }, 413, 'body-too-large'],
  ];
  test.each(cases)('%s is refused', async (_case, { headers, payload }, status, code) => {
    const { app } = await openApp();
    const answer = await app.inject({
      method: 'POST',
      url: '/backfill',
      headers: { authorization: 'Bearer correct-horse-battery-staple', ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ code, status });
  });

  test('an address that is not there is a 404 that says where to look', async () => {
    const { request } = await openApp();
    const answer = await request({ url: '/backfills?x=1' });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'route-not-found', instance: '/backfills' });
  });

  test('an address that cannot be decoded is a problem too', async () => {
    const { request } = await openApp();
    const answer = await request({ url: '/backfill/%zz' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  test.each([
    ['DELETE', '/backfill', 'GET, HEAD, POST'],
    ['OPTIONS', '/backfill', 'GET, HEAD, POST'],
    ['PUT', '/backfill/bf-1', 'GET, HEAD'],
    ['GET', '/backfill/bf-1/pause', 'POST'],
    ['POST', '/livez', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
  ] as const)('%s %s is a 405 that allows %s', async (method, url, allow) => {
    const { request } = await openApp();
    const answer = await request({ method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(answer.json()).toMatchObject({ code: 'method-not-allowed' });
  });
});

test('what is not HTTP ends the connection and nothing else', async () => {
  const { app, request } = await openApp();
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const answer = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(url.port), url.hostname, () => socket.write('nonsense\r\n\r\n'));
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect((await request({ url: '/livez' })).statusCode).toBe(200);
});
