import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { aBackfill, aFailure, backfillsOf, openApp } from './app-fixture.ts';

async function readDocument() {
  const { request } = await openApp();
  const answer = await request({ url: '/openapi.json' });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const OPERATIONS = {
  'get /backfill': 'listBackfills',
  'get /backfill/{id}': 'findBackfill',
  'get /backfill/{id}/failures': 'listBackfillFailures',
  'get /failures': 'listLiveFailures',
  'get /livez': 'getLiveness',
  'get /metrics': 'getMetrics',
  'get /openapi.json': 'getOpenApi',
  'get /readyz': 'getReadiness',
  'get /status': 'getStatus',
  'post /backfill': 'startBackfill',
  'post /backfill/{id}/cancel': 'cancelBackfill',
  'post /backfill/{id}/pause': 'pauseBackfill',
  'post /backfill/{id}/resume': 'resumeBackfill',
  'post /backfill/{id}/retry-failed': 'retryFailedOfBackfill',
};

test('the description has every route of the API, and nothing else', async () => {
  const { paths } = await readDocument();
  const operations = Object.entries<Record<string, { operationId: string; summary: string }>>(paths).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => [`${method} ${path}`, operationId]),
  );
  expect(Object.fromEntries(operations)).toEqual(OPERATIONS);
});

test('every reference leads somewhere', async () => {
  const document = await readDocument();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(10);
  for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
});

test('starting a backfill is described with its body, its header and its refusals', async () => {
  const { paths } = await readDocument();
  const { requestBody, parameters, responses } = paths['/backfill'].post;
  expect(requestBody.content['application/json'].schema.$ref).toBe('#/components/schemas/StartBackfill');
  expect(parameters).toMatchObject([{ name: 'idempotency-key', in: 'header', required: false }]);
  expect(Object.keys(responses)).toEqual(['202', '400', '401', '413', '415', '422', '503']);
});

test('only what is public says that it needs no token', async () => {
  const { paths, security } = await readDocument();
  expect(security).toEqual([{ apiToken: [] }]);
  const open = Object.keys(paths).filter(path => paths[path].get?.security?.length === 0);
  expect(open.sort()).toEqual(['/livez', '/metrics', '/readyz']);
});

describe('answers are what the description says', () => {
  const backfills = backfillsOf([aBackfill(), aBackfill({ id: 'bf-2', status: 'paused', reason: 'Why.' })], {
    start: async () => ({ backfill: aBackfill(), isNew: true }),
    change: async () => true,
    failures: async () => [aFailure('a'), aFailure('b')],
  });
  const cases = [
    ['GET', '/backfill', '/backfill', 200],
    ['GET', '/backfill/bf-2', '/backfill/{id}', 200],
    ['GET', '/backfill/bf-1/failures?limit=1', '/backfill/{id}/failures', 200],
    ['GET', '/failures', '/failures', 200],
    ['GET', '/status', '/status', 200],
    ['GET', '/livez', '/livez', 200],
    ['GET', '/readyz', '/readyz', 200],
    ['POST', '/backfill', '/backfill', 202],
    ['POST', '/backfill/bf-1/cancel', '/backfill/{id}/cancel', 200],
    ['GET', '/backfill/none', '/backfill/{id}', 404],
    ['GET', '/backfill?limit=0', '/backfill', 400],
  ] as const;
  test.each(cases)('%s %s', async (method, url, path, status) => {
    const { request } = await openApp({ backfills });
    const document = (await request({ url: '/openapi.json' })).json();
    const answer = await request({ method, url });
    expect(answer.statusCode).toBe(status);
    const content = document.paths[path][method.toLowerCase()].responses[status].content;
    const [[contentType, { schema }]] = Object.entries<{ schema: object }>(content) as [[string, { schema: object }]];
    expect(answer.headers['content-type']).toContain(contentType);
    const validate = new Ajv2020.Ajv2020({ strict: false, validateFormats: false }).compile({
      ...schema,
      components: document.components,
    });
    expect(validate(answer.json()) ? [] : validate.errors).toEqual([]);
  });
});
