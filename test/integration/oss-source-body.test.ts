import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, cutAfter, fail, type Harness, readAll, startHarness, withHeaders } from './oss-source-harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

describe('a body that breaks', () => {
  const body = bytesOf(500_000);

  test('is continued where it broke, pinned to its ETag, as often as it breaks', async () => {
    const { etag } = await harness.put('k', body);
    harness.faults.push(cutAfter(100_000), cutAfter(1), cutAfter(200_000));
    expect((await readAll(await harness.source().open('k', harness))).equals(body)).toBe(true);
    const asked = harness.requests.map(({ request }) => [request.headers.range, request.headers['if-match']]);
    expect(asked).toEqual([
      [undefined, undefined],
      ['bytes=100000-499999', `"${etag}"`],
      ['bytes=100001-499999', `"${etag}"`],
      ['bytes=300001-499999', `"${etag}"`],
    ]);
  });

  test('is continued within its range', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(10));
    const opened = await harness.source().open('k', { signal: harness.signal, range: { start: 1000, end: 2000 } });
    expect((await readAll(opened)).equals(body.subarray(1000, 2000))).toBe(true);
    expect(harness.requests[1]?.request.headers.range).toBe('bytes=1010-1999');
  });

  test('is continued when it stalls', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(1000, 'stall'));
    const source = harness.source({ timeouts: { bodyMilliseconds: 300 } });
    expect((await readAll(await source.open('k', harness))).equals(body)).toBe(true);
    expect(harness.requests).toHaveLength(2);
  });

  test('is continued on another connection when it trickles', async () => {
    await harness.put('k', body);
    harness.faults.push(({ response }) => {
      const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
      // One byte now and then, for ever.
      const drip = (chunk: unknown) => {
        const timer = setInterval(() => write((chunk as Uint8Array).subarray(0, 1)), 50);
        response.on('close', () => clearInterval(timer));
      };
      response.write = (chunk: unknown) => {
        drip(chunk);
        return false;
      };
      response.end = (chunk?: unknown) => {
        if (chunk !== undefined) drip(chunk);
        return response;
      };
      return false;
    });
    const source = harness.source({ timeouts: { bodyMilliseconds: 5_000, trickleMilliseconds: 300 } });
    const opened = await source.open('k', harness);
    const target = Buffer.alloc(body.length);
    await opened?.readInto(target, () => undefined);
    expect(harness.requests).toHaveLength(2);
    // The bytes of the drip were the first one, over and over: what follows is of the object.
    expect(target.subarray(1_000).equals(body.subarray(1_000))).toBe(true);
  });

  test('is continued through throttling', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(1000), fail(503, 'DownloadTrafficRateLimitExceeded'));
    expect((await readAll(await harness.source().open('k', harness))).equals(body)).toBe(true);
  });

  test('is continued however often it breaks, where each connection brings much', async () => {
    const long = bytesOf(3_000_000);
    await harness.put('k', long);
    harness.faults.push(...Array.from({ length: 11 }, () => cutAfter(262_144)));
    expect((await readAll(await harness.source().open('k', harness))).equals(long)).toBe(true);
    expect(harness.requests).toHaveLength(12);
  });

  test('is given up after a few times', async () => {
    await harness.put('k', body);
    harness.faults.push(...Array.from({ length: 10 }, () => cutAfter(1)));
    const reading = harness.source().open('k', harness).then(readAll);
    await expect(reading).rejects.toMatchObject({ kind: 'retryable', code: 'source-unreachable' });
    expect(harness.requests).toHaveLength(5);
  });

  test('has changed when another version is there meanwhile', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(1000), async () => {
      await harness.put('k', 'another');
      return false;
    });
    const reading = harness.source().open('k', harness).then(readAll);
    await expect(reading).rejects.toMatchObject({ kind: 'retryable', code: 'source-changed' });
  });

  test('has changed when the object is gone meanwhile, so that it is looked for once more', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(1000), fail(404, 'NoSuchKey'));
    const reading = harness.source().open('k', harness).then(readAll);
    await expect(reading).rejects.toMatchObject({ kind: 'retryable', code: 'source-changed' });
  });

  test('is not continued from a server that ignores If-Match', async () => {
    await harness.put('k', body);
    harness.faults.push(cutAfter(1000), withHeaders({ etag: '"ANOTHER"' }));
    const reading = harness.source().open('k', harness).then(readAll);
    await expect(reading).rejects.toMatchObject({ kind: 'retryable', code: 'source-changed' });
  });

  test('is not continued after the reader itself failed', async () => {
    await harness.put('k', body);
    const opened = await harness.source().open('k', harness);
    const reading = opened?.readInto(Buffer.alloc(body.length), () => {
      throw new TypeError('mine');
    });
    await expect(reading).rejects.toThrow('mine');
    expect(harness.requests).toHaveLength(1);
  });
});

describe('giving up', () => {
  test('a discarded body frees its connection', async () => {
    await harness.put('k', bytesOf(3_000_000));
    const source = harness.source({ maxConnections: 1 });
    for (let index = 0; index < 5; index++) (await source.open('k', harness))?.discard();
    expect(await source.head('k', harness)).toBeDefined();
  });

  test('a refused answer frees its connection', async () => {
    await harness.put('k', bytesOf(3_000_000));
    const source = harness.source({ maxConnections: 1, retry: { attempts: 1 } });
    for (const fault of [
      withHeaders({ etag: undefined }),
      withHeaders({ age: '1' }),
      withHeaders({ 'content-length': undefined }),
    ]) {
      harness.faults.push(fault);
      await expect(source.open('k', harness)).rejects.toThrow();
    }
    expect(await source.head('k', harness)).toBeDefined();
  });

  test.each(['before the answer', 'within the body'])('an abort %s cancels', async when => {
    await harness.put('k', bytesOf(3_000_000));
    const controller = new AbortController();
    const { signal } = controller;
    const abortSoon = () => {
      setImmediate(() => controller.abort());
      return true;
    };
    harness.faults.push(when === 'before the answer' ? abortSoon : cutAfter(1000, 'stall'));
    const reading = harness
      .source()
      .open('k', { signal })
      .then(async opened => {
        abortSoon();
        return await readAll(opened);
      });
    await expect(reading).rejects.toMatchObject({ kind: 'cancelled' });
  });

  test('an abort cancels the pause before a repeat', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    harness.faults.push(exchange => {
      setTimeout(() => controller.abort(), 20);
      return fail(503, 'ServerBusy', { 'retry-after': '5' })(exchange);
    });
    await expect(harness.source().head('k', { signal })).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
