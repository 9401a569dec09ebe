import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../../../aws-worker/ledger/ledger.ts';
import { aBackfill, aFailure, backfillsOf, openApp } from '../app-fixture.ts';

const HOSTILE_KEYS = [
  '</script><script>alert(1)</script>',
  '"quotes" & \\backslashes\\',
  'line\r\nSet-Cookie: a=b',
  'nul\u0000 and escape\u001b[31m',
  'right-to-left \u202egpj.exe',
  'a+b%2Fc?d=e#f&after=g',
  '照片/🦄 \ufffe',
].sort();

function failuresOf(all: readonly Failure[]) {
  const asked: (string | undefined)[] = [];
  const backfills = backfillsOf([aBackfill()], {
    failures: async ({ backfill, after, limit }) => {
      asked.push(backfill);
      return all.filter(({ key }) => key > after).slice(0, limit);
    },
  });
  return { asked, backfills };
}

describe.each([
  ['/backfill/bf-1/failures', 'bf-1'],
  ['/failures', undefined],
])('GET %s', (path, backfill) => {
  test('pages through any keys there may be, each once and unharmed', async () => {
    const { backfills, asked } = failuresOf(HOSTILE_KEYS.map(aFailure));
    const { request } = await openApp({ backfills });
    const seen: string[] = [];
    let next: string | null = '';
    for (let pages = 0; next !== null && pages < 10; pages++) {
      const answer = await request({ url: `${path}?limit=2&after=${encodeURIComponent(next)}` });
      expect(answer.headers['content-type']).toContain('application/json');
      const page: { failures: { key: string }[]; next: string | null } = answer.json();
      seen.push(...page.failures.map(({ key }) => key));
      next = page.next;
    }
    expect(seen).toEqual(HOSTILE_KEYS);
    expect(new Set(asked)).toEqual(new Set([backfill]));
  });

  test('shows what is known of each', async () => {
    const { request } = await openApp({ backfills: failuresOf([aFailure('a')]).backfills });
    expect((await request({ url: path })).json()).toEqual({
      failures: [
        {
          key: 'a',
          sizeBytes: 7,
          code: 'source-access-denied',
          reason: 'OSS refused to show it.',
          at: '2026-03-04T05:06:40.000Z',
        },
      ],
      next: null,
    });
  });

  test.each(['limit=1001', 'limit=0', 'before=a'])('refuses ?%s', async query => {
    const { request } = await openApp({ backfills: failuresOf([]).backfills });
    expect((await request({ url: `${path}?${query}` })).statusCode).toBe(400);
  });
});

test('failures of a backfill that is not there are a 404', async () => {
  const { request } = await openApp();
  const answer = await request({ url: '/backfill/none/failures' });
  expect(answer.statusCode).toBe(404);
  expect(answer.json().code).toBe('backfill-not-found');
});
