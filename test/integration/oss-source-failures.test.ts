import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  breakConnection,
  bytesOf,
  CREDENTIALS,
  fail,
  type Harness,
  readAll,
  startHarness,
  withHeaders,
} from './oss-source-harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

describe('failures that pass', () => {
  test.each([
    ['throttling', fail(503, 'TotalQpsLimitExceeded')],
    ['an internal error', fail(500, 'InternalError')],
    ["a gateway's error page", fail(502, '')],
    ['a connection that breaks', breakConnection],
    ['a silent server', () => true],
    ['an answer without an ETag', withHeaders({ etag: undefined })],
    [
      'an answer that was compressed on the way',
      withHeaders({ 'content-length': undefined, etag: undefined, 'content-encoding': 'gzip' }),
    ],
  ] as const)('are repeated: %s', async (_name, fault) => {
    await harness.put('k', 'hello');
    const source = harness.source({ timeouts: { headersMilliseconds: 300 } });
    harness.faults.push(fault);
    expect((await readAll(await source.open('k', harness))).toString()).toBe('hello');
    expect(harness.requests).toHaveLength(2);
  });

  test('are repeated a few times only', async () => {
    harness.faults.push(...Array.from({ length: 10 }, () => fail(503, 'TotalQpsLimitExceeded')));
    await expect(harness.source().head('k', harness)).rejects.toMatchObject({ code: 'source-throttled' });
    expect(harness.requests).toHaveLength(4);
  });

  test('wait as long as OSS asks', async () => {
    harness.faults.push(fail(503, 'TotalQpsLimitExceeded', { 'x-oss-qos-delay-time': '120' }));
    const start = performance.now();
    await harness.source().head('k', harness);
    expect(performance.now() - start).toBeGreaterThanOrEqual(115);
  });

  test('are left to the queue when OSS asks for long', async () => {
    harness.faults.push(fail(503, 'TotalQpsLimitExceeded', { 'retry-after': '3600' }));
    await expect(harness.source().head('k', harness)).rejects.toMatchObject({
      code: 'source-throttled',
      retryAfterMilliseconds: 3_600_000,
    });
    expect(harness.requests).toHaveLength(1);
  });

  test('end in an error that keeps its cause when nobody is there', async () => {
    const source = harness.source({
      endpoint: new URL('http://127.0.0.1:1'),
      retry: { attempts: 2, baseMilliseconds: 1 },
    });
    await expect(source.head('k', harness)).rejects.toMatchObject({
      kind: 'retryable',
      code: 'source-unreachable',
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });
});

describe('failures that stay', () => {
  test('a redirect is not followed', async () => {
    harness.faults.push(({ response }) => {
      response.writeHead(302, { location: `http://127.0.0.1:1/k` }).end();
      return true;
    });
    await expect(harness.source().open('k', harness)).rejects.toMatchObject({
      kind: 'permanent',
      code: 'source-redirected',
    });
    expect(harness.requests).toHaveLength(1);
  });

  test.each([
    ['Age', { age: '0' }],
    ['X-Cache', { 'x-cache': 'HIT TCP_MEM_HIT dirn:10:1' }],
  ])("a cache's answer is refused by its %s", async (_name, headers) => {
    await harness.put('k', 'hello');
    harness.faults.push(withHeaders(headers));
    await expect(harness.source().open('k', harness)).rejects.toMatchObject({
      kind: 'permanent',
      code: 'source-cached',
    });
  });

  test('a cached 404 is not a missing object', async () => {
    harness.faults.push(fail(404, 'NoSuchKey', { age: '60' }));
    await expect(harness.source().open('k', harness)).rejects.toMatchObject({ code: 'source-cached' });
  });

  test('a miss of a cache passes', async () => {
    await harness.put('k', 'hello');
    harness.faults.push(withHeaders({ 'x-cache': 'MISS TCP_MISS dirn:-2:-2' }));
    expect(await harness.source().head('k', harness)).toBeDefined();
  });

  test('an archived object can be looked at, not read', async () => {
    await harness.put('k', 'hello', { attributes: { 'storage-class': 'ColdArchive' } });
    const source = harness.source();
    expect(await source.head('k', harness)).toMatchObject({ storageClass: 'ColdArchive' });
    await expect(source.open('k', harness)).rejects.toMatchObject({ kind: 'permanent', code: 'source-archived' });
  });

  test.each([
    [
      'a secret of another key',
      { credentials: async () => ({ ...CREDENTIALS, accessKeySecret: 'wrong-secret' }) },
      'source-credentials',
    ],
    [
      'an unknown key',
      { credentials: async () => ({ ...CREDENTIALS, accessKeyId: 'LTAIother' }) },
      'source-credentials',
    ],
    ['a clock that is off', { now: () => Date.now() - 3_600_000 }, 'source-clock-skew'],
    ['another region', { region: 'cn-shanghai' }, 'source-wrong-region'],
  ])('%s is told by HEAD and GET, without the secret', async (_name, overrides, code) => {
    const source = harness.source(overrides);
    for (const name of ['head', 'open'] as const) {
      const error = await source[name]('k', harness).catch(reason => reason);
      expect(error).toMatchObject({ kind: 'permanent', code });
      expect(error.message).not.toMatch(/(test|wrong)-secret|Signature=/);
    }
    expect(harness.requests).toHaveLength(2);
  });
});

describe('credentials', () => {
  test('are asked for again once when OSS refuses them, and those are used', async () => {
    await harness.put('k', 'hello');
    const given = [{ ...CREDENTIALS, accessKeyId: 'LTAIold' }, CREDENTIALS];
    const source = harness.source({ credentials: async () => given.shift() ?? CREDENTIALS });
    expect(await source.head('k', harness)).toBeDefined();
    expect(harness.requests).toHaveLength(2);
  });

  test('are not tried over and over', async () => {
    let asked = 0;
    const source = harness.source({ credentials: async () => ({ ...CREDENTIALS, accessKeyId: `LTAI${asked++}` }) });
    await expect(source.head('k', harness)).rejects.toMatchObject({ code: 'source-credentials' });
    expect(harness.requests).toHaveLength(2);
  });

  test('with a security token are signed with it', async () => {
    const credentials = { ...CREDENTIALS, securityToken: 'token+/=' };
    const other = await startHarness({ credentials });
    try {
      await other.put('k', 'hello');
      expect(await other.source({ credentials: async () => credentials }).head('k', other)).toBeDefined();
    } finally {
      await other.close();
    }
  });

  test('that cannot be had are a retryable failure', async () => {
    const cause = new Error('no metadata service');
    const source = harness.source({ credentials: () => Promise.reject(cause) });
    await expect(source.head('k', harness)).rejects.toMatchObject({ kind: 'retryable', cause });
  });
});

describe('limits', () => {
  test('hold back requests', async () => {
    const source = harness.source({ maxRequestsPerSecond: 50 });
    const start = performance.now();
    await Promise.all(Array.from({ length: 15 }, () => source.head('k', harness)));
    // Five at once, ten more at 20 ms each.
    expect(performance.now() - start).toBeGreaterThanOrEqual(190);
  });

  test('hold back bytes', async () => {
    await harness.put('k', bytesOf(1_000_000));
    const source = harness.source({ maxMegabitsPerSecond: 40 });
    const start = performance.now();
    await readAll(await source.open('k', harness));
    // 8 megabits at 40 a second, a tenth of a second's worth of it at once.
    expect(performance.now() - start).toBeGreaterThanOrEqual(95);
  });
});
