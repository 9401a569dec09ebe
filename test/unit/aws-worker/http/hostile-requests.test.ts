// Whatever is asked of the API, by whom it may be: no 5xx, refusals as problems, nothing that a browser would take for markup, and no secret in any
// answer. On a real ledger, so that what passes the schemas is really done.

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { beforeEach, describe, expect, test } from 'vitest';
import { createChangeBackfill } from '../../../../aws-worker/backfill/change-backfill.ts';
import { startBackfill } from '../../../../aws-worker/backfill/start-backfill.ts';
import { createBackfillFixture } from '../backfill/backfill-fixture.ts';
import { API_TOKEN, AUTHORIZED, openApp, type TestApp } from './app-fixture.ts';
import { ADDRESSES, body, headers, METHODS, path, query } from './hostile-request-parts.ts';

const DASHBOARD = new URL('../../../../aws-worker/http/dashboard/', import.meta.url);
/** And what a HEAD gets of them. */
const PAGE_FILES = ['', ...readdirSync(DASHBOARD).map(name => readFileSync(new URL(name, DASHBOARD), 'utf8'))];

let app: TestApp;
beforeEach(async () => {
  const { context, ledger } = await createBackfillFixture();
  app = await openApp({
    backfills: {
      start: request => startBackfill(context, request),
      find: id => ledger.findBackfill(id),
      list: limit => ledger.listBackfills({ limit }),
      failures: options => ledger.listFailures(options),
      change: createChangeBackfill({ ledger, sweeper: { wake: () => undefined } }),
    },
  });
});

/** Fails for whatever an answer must not be. */
async function ask(options: InjectOptions): Promise<LightMyRequestResponse> {
  const answer = await app.app.inject(options);
  const { statusCode, headers, payload } = answer;
  const about = `${options.method} ${String(options.url)}`;
  expect(statusCode, about).toBeLessThan(500);
  expect(headers['x-content-type-options'], about).toBe('nosniff');
  expect(`${payload}${JSON.stringify(headers)}`).not.toContain(API_TOKEN);
  const type = String(headers['content-type']);
  if (statusCode >= 400) {
    expect(type, about).toMatch(/^application\/problem\+json/);
    if (options.method !== 'HEAD') {
      expect(JSON.parse(payload)).toMatchObject({ status: statusCode, code: expect.stringMatching(/^[a-z-]+$/) });
    }
  }
  // The page's files are the only thing that a browser runs or draws, and nothing of a request is in them.
  if (/html|javascript|css|xml/.test(type)) expect(PAGE_FILES).toContain(payload);
  return answer;
}

/** The whole answer to these bytes. */
async function sendRaw(text: string): Promise<string> {
  const { port } = new URL(await app.app.listen({ host: '127.0.0.1', port: 0 }));
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('data', chunk => chunks.push(chunk));
  // Some of a request may be unread when the answer comes, and the end then is a reset.
  socket.on('error', () => undefined);
  socket.end(text, 'latin1');
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

describe('any request', () => {
  test('is answered, or refused with a problem', async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.record({ method: fc.constantFrom(...METHODS), path, query, headers, body }),
        async ({ method, path: pathname, query: search, headers: fields, body: payload }) => {
          const hasBody = payload !== undefined;
          const { statusCode } = await ask({
            method: method as 'GET',
            url: `${pathname}${search}`,
            headers: fields,
            ...(hasBody ? { payload } : {}),
          });
          seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
        },
      ),
      { numRuns: 1_500 },
    );
    for (const status of [200, 400, 401, 404, 405]) expect(seen.get(status), String(status)).toBeGreaterThan(5);
  });

  test('to start a backfill, with any body: starts one, or says why not', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.record({ headers, body }), async ({ headers: fields, body: payload }) => {
        const { statusCode } = await ask({
          method: 'POST',
          url: '/backfill',
          headers: { ...fields, ...AUTHORIZED },
          ...(payload === undefined ? {} : { payload }),
        });
        seen.add(statusCode);
      }),
      { numRuns: 500 },
    );
    expect([...seen].sort()).toEqual(expect.arrayContaining([202, 400, 413, 415]));
  });
});

describe('what is sent raw', () => {
  test.each([
    ['a backslash', 'GET /\\ HTTP/1.1', 401],
    ['another host', 'GET //evil.example HTTP/1.1', 401],
    ['an address with a scheme', 'GET http://evil.example/backfill HTTP/1.1', 401],
    ['a way out of a folder', 'GET /../../../etc/passwd HTTP/1.1', 401],
    ['a way out of a folder, encoded', 'GET /dashboard.js/%2e%2e%2f%2e%2e%2fpackage.json HTTP/1.1', 401],
    ['markup', 'GET /<script>alert(1)</script> HTTP/1.1', 401],
    ['an address that cannot be decoded', 'GET /%zz HTTP/1.1', 400],
    ['an asterisk', 'OPTIONS * HTTP/1.1', 405],
    ['a method that nobody knows', 'FROB / HTTP/1.1', 400],
    ['control characters', 'GET /\u0001\u001b[31m HTTP/1.1', 400],
    ['a version to come', 'GET / HTTP/9.9', 400],
    ['no HTTP', '<script>alert(1)</script>', 400],
    ['two lengths', 'POST /backfill HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', 400],
    ['headers without end', `GET /livez HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`, 431],
  ])('%s is refused with a problem', async (_name, head, status) => {
    const answer = await sendRaw(`${head}\r\nHost: localhost\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(answer).toMatch(/^x-content-type-options: nosniff/im);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });
});

describe('what a browser is told', () => {
  const SCRIPT = '<script>alert(document.domain)</script>';

  test.each([
    ['a path', { method: 'GET', url: `/${encodeURI(SCRIPT)}` }],
    ['a path, raw', { method: 'GET', url: `/${SCRIPT}` }],
    ['a path that cannot be decoded', { method: 'GET', url: `/%zz${SCRIPT}` }],
    ['a query', { method: 'GET', url: `/failures?${SCRIPT}=${SCRIPT}` }],
    ['a body', { method: 'POST', url: '/backfill', payload: SCRIPT, headers: { 'content-type': 'application/json' } }],
    ['a content type', { method: 'POST', url: '/backfill', payload: '{}', headers: { 'content-type': SCRIPT } }],
    ['a field', { method: 'POST', url: '/backfill', payload: { [SCRIPT]: 1 } }],
    ['a method', { method: 'TRACE', url: `/?${SCRIPT}` }],
  ] as const)('of a script in %s is data and not to be sniffed', async (_name, request) => {
    const given = 'headers' in request ? request.headers : {};
    const { headers: answered } = await ask({
      ...request,
      method: request.method as 'GET',
      headers: { ...AUTHORIZED, ...given },
    });
    expect(answered['content-type']).toMatch(/^application\/problem\+json/);
    expect(answered['content-security-policy']).toContain("default-src 'none'");
  });

  test('never the token, also by a method that repeats what it is sent', async () => {
    for (const method of METHODS) {
      for (const url of ADDRESSES) await ask({ method: method as 'GET', url, headers: AUTHORIZED });
    }
  });
});

describe('a backfill with a hostile prefix', () => {
  test.each([
    '\u001b[31m',
    '\r\nx: y',
    '\u0000',
    '\u202e',
    '</script>',
    '__proto__',
    "'; DROP TABLE backfills; --",
    '%',
    '\ufffe',
  ])('of %j is one of that very prefix', async prefix => {
    const answer = await ask({ method: 'POST', url: '/backfill', headers: AUTHORIZED, payload: { prefix } });
    expect(answer.json()).toMatchObject({ prefix });
    const found = await ask({ method: 'GET', url: answer.headers.location ?? '', headers: AUTHORIZED });
    expect(found.json()).toMatchObject({ prefix });
  });

  test.each(['\ud800', 'x'.repeat(1_024), 'ä'.repeat(512)])('that no key can have is refused: %#', async prefix => {
    const answer = await ask({
      method: 'POST',
      url: '/backfill',
      headers: AUTHORIZED,
      payload: { prefix },
    });
    expect(answer.statusCode).toBe(400);
  });
});
