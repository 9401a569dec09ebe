// What a hostile request may be made of.

import fc from 'fast-check';
import { anyJson, hostileValue, mutatedText } from '../../../fixtures/hostile-json.ts';
import { API_TOKEN, AUTHORIZED } from './app-fixture.ts';

export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
] as const;
export const ADDRESSES = [
  '/',
  '/backfill',
  '/backfill/bf',
  '/backfill/bf/failures',
  '/backfill/bf/pause',
  '/backfill/bf/resume',
  '/backfill/bf/retry-failed',
  '/failures',
  '/status',
  '/livez',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/dashboard.js',
];

const pathText = fc.oneof(
  fc.constantFrom(
    '..',
    '%2e%2e',
    '%2F',
    '%00',
    '%0d%0a',
    '%ff',
    '%',
    '%zz',
    ';a=b',
    '//evil.example',
    '\\',
    '*',
    ':id',
  ),
  fc.string({ maxLength: 10 }).map(encodeURIComponent),
  fc.constantFrom('<script>alert(1)</script>', '__proto__', 'constructor', 'a'.repeat(200), '%E4%B8', '{{7*7}}'),
);
const anyPath = fc.oneof(
  fc.constantFrom(...ADDRESSES),
  fc.tuple(fc.constantFrom(...ADDRESSES), pathText).map(([address, text]) => `${address}/${text}`),
  fc.array(pathText, { maxLength: 4 }).map(texts => `/${texts.join('/')}`),
  fc
    .constantFrom(...ADDRESSES)
    .chain(mutatedText)
    .map(text => `/${encodeURI(text.toWellFormed()).replace(/^\/+/, '')}`),
);
/** `inject` parses addresses before anything else does; those that it cannot parse are sent raw below. */
export const path = anyPath.filter(text => URL.canParse(text, 'http://localhost'));
export const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('limit', 'after', 'prefix', 'x', '__proto__', 'limit[]', 'constructor', ''),
        fc.oneof(
          fc.constantFrom('1', '0', '-1', '1e3', '99999999999', 'NaN', '%ff', '%', '%00', '+', '<script>', '%ED%A0%80'),
          fc.string({ maxLength: 8 }).map(encodeURIComponent),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map(pairs => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
);

/** What Node lets through to us: https://nodejs.org/api/http.html#httpvalidateheadervaluename-value */
const headerText = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map(text => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'));
const authorization = fc.oneof(
  { weight: 5, arbitrary: fc.constant(AUTHORIZED.authorization) },
  fc.constantFrom(
    'Bearer',
    'Bearer ',
    'bearer x',
    `Basic ${API_TOKEN}`,
    `Bearer ${API_TOKEN}x`,
    `Bearer ${API_TOKEN.slice(1)}`,
  ),
  headerText,
);
export const headers = fc.record(
  {
    authorization,
    'content-type': fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      fc.constantFrom(
        'text/plain',
        'application/json; charset=utf-16',
        'multipart/form-data',
        '',
        ';',
        'application/xml',
        'a/b/c',
      ),
      headerText,
    ),
    'idempotency-key': headerText,
    accept: headerText,
    'accept-version': headerText,
    'accept-encoding': headerText,
    'x-http-method-override': fc.constantFrom('DELETE', 'POST'),
    'x-forwarded-host': fc.constant('evil.example'),
    'x-request-id': headerText,
    host: fc.constantFrom('evil.example', '', '<script>'),
    origin: fc.constant('https://evil.example'),
    range: headerText,
    'if-none-match': headerText,
    cookie: headerText,
  },
  { requiredKeys: ['authorization'] },
);
export const body = fc.oneof(
  fc.constant(undefined),
  anyJson().map(value => JSON.stringify(value)),
  fc
    .dictionary(fc.constantFrom('prefix', 'mode', 'force', 'x', '__proto__'), hostileValue(), { maxKeys: 3 })
    .map(value => JSON.stringify(value)),
  fc
    .record({ prefix: fc.string({ unit: 'binary', maxLength: 40 }), mode: fc.constantFrom('missing', 'all') })
    .map(value => JSON.stringify(value)),
  mutatedText('{"prefix":"photos/","mode":"missing","force":true}'),
  fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
  fc.constantFrom('['.repeat(15_000), `{"prefix":${'['.repeat(4_000)}${']'.repeat(4_000)}}`, 'x'.repeat(17_000)),
);
