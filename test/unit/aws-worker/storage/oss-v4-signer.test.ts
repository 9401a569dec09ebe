import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalQuery, OssV4Signer } from '../../../../aws-worker/storage/oss-v4-signer.ts';

interface SignUtils {
  authorizationV4(
    accessKeyId: string,
    accessKeySecret: string,
    region: string,
    method: string,
    request: { headers: Record<string, string>; queries: Record<string, string | null> },
    bucket: string,
    object: string,
  ): string;
}
const signUtils: SignUtils = createRequire(import.meta.url)('ali-oss/lib/common/signUtils');

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).filter(text => text.isWellFormed()),
  fc
    .array(
      fc.constantFrom(
        '/',
        '.',
        '..',
        '//',
        '+',
        '%',
        '%2F',
        ' ',
        "'()*!~",
        '?',
        '#',
        '&=',
        '中',
        '😀',
        '\u0000',
        '\ufffe',
        '\\',
      ),
      {
        maxLength: 12,
      },
    )
    .map(parts => parts.join('')),
);
// Lower-case letters only: ali-oss sorts names by locale, OSS by bytes, and there the two agree.
const queryName = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 1, maxLength: 10 });
const headerName = queryName.map(name => `x-oss-${name}`);

test('signs as ali-oss does, whatever key, query, headers, credentials and time', () => {
  const signer = new OssV4Signer('cn-hangzhou');
  fc.assert(
    fc.property(
      fc.record({
        method: fc.constantFrom('GET', 'HEAD'),
        key,
        query: fc.dictionary(queryName, fc.oneof(fc.constant(''), key), { maxKeys: 5, noNullPrototype: true }),
        headers: fc.dictionary(fc.oneof(headerName, fc.constantFrom('content-type', 'content-md5', 'range')), ascii, {
          maxKeys: 5,
          noNullPrototype: true,
        }),
        secret: fc.string({ minLength: 1 }),
        token: fc.option(
          ascii.filter(text => text !== ''),
          { nil: undefined },
        ),
        now: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
      }),
      ({ method, key, query, headers, secret, token, now }) => {
        const credentials = {
          accessKeyId: 'LTAI',
          accessKeySecret: secret,
          ...(token === undefined ? {} : { securityToken: token }),
        };
        const { authorization, ...signed } = signer.sign(
          { method, bucket: 'bucket', key, query, headers },
          credentials,
          now,
        );
        const queries = Object.fromEntries(
          Object.entries(query).map(([name, value]) => [name, value === '' ? null : value]),
        );
        const theirs = signUtils.authorizationV4(
          'LTAI',
          secret,
          'cn-hangzhou',
          method,
          { headers: signed, queries },
          'bucket',
          key,
        );
        expect(authorization).toBe(theirs);
      },
    ),
    { numRuns: 500 },
  );
});

test('signs by a new key when the day or the secret changes', () => {
  const signer = new OssV4Signer('cn-hangzhou');
  const sign = (secret: string, now: string) =>
    signer.sign(
      { method: 'GET', bucket: 'b', key: 'k', query: {}, headers: {} },
      { accessKeyId: 'i', accessKeySecret: secret },
      new Date(now),
    ).authorization;
  const first = sign('a', '2026-01-01T23:59:59Z');
  const others = [sign('a', '2026-01-02T23:59:59Z'), sign('b', '2026-01-02T23:59:59Z')];
  expect(new Set([first, ...others]).size).toBe(3);
  expect(sign('a', '2026-01-01T23:59:59Z')).toBe(first);
});

test('sorts the query by bytes, where ali-oss does not', () => {
  expect(canonicalQuery({ b: '1', a_: '/ +', 'a-': '', B: '中' })).toBe('B=%E4%B8%AD&a-&a_=%2F%20%2B&b=1');
});
