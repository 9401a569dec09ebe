// Bodies that are not the object's: compressed or unpacked on the way, cut, stretched, exchanged. Through the real adapters of both sides: never a wrong
// object; when the way is good again, the right one.

import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import { createBufferPool } from '../../aws-worker/transfer/buffer-pool.ts';
import { createMemoryBudget } from '../../aws-worker/transfer/memory-budget.ts';
import type { Outcome } from '../../aws-worker/transfer/outcome.ts';
import { createReconcile } from '../../aws-worker/transfer/reconcile.ts';
import { systemClock } from '../../shared/clock.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { createLog } from '../../shared/log.ts';
import { bytesOf, type Fault, type Harness, startHarness, withHeaders } from './oss-source-harness.ts';
import { never, startTestDestination } from './s3-destination-fixture.ts';

const log = createLog({ level: 'silent' });
const PART_BYTES = 5 * MEBIBYTE;
const TEXT = Buffer.from('a text that repeats itself, '.repeat(200));

let harness: Harness;
let server: Awaited<ReturnType<typeof startTestDestination>>;
let ledger: Awaited<ReturnType<typeof openSqliteLedger>>;
beforeEach(async () => {
  harness = await startHarness();
  server = await startTestDestination();
  ledger = await openSqliteLedger({ path: ':memory:', workerId: 'w', log, now: () => new Date() });
});
afterEach(async () => {
  await Promise.all([harness.close(), server.close(), ledger.close()]);
});

function move(key: string, sizeHintBytes?: number): Promise<Outcome> {
  const reconcile = createReconcile({
    source: harness.source({ retry: { attempts: 2, baseMilliseconds: 1 } }),
    destination: server.destination,
    uploads: ledger.uploads,
    memory: createMemoryBudget({ totalBytes: 64 * MEBIBYTE, reservedForSmallBytes: MEBIBYTE }),
    buffers: createBufferPool({ maxIdleBytes: 32 * MEBIBYTE }),
    settings: {
      sourcePrefix: '',
      destinationPrefix: '',
      partSizeBytes: PART_BYTES,
      maxConcurrentParts: 2,
      copyTags: false,
      maxRounds: 3,
      roundBackoffMilliseconds: 0,
    },
    clock: systemClock,
    log,
  });
  return reconcile(
    { key, sizeHintBytes, mode: 'live', backfill: undefined, mayHaveUpload: false, isDestinationEmpty: false },
    { signal: never },
  );
}

type Headers = Record<string, string | undefined>;

/** Answers each GET of an object with this body in place of its own, and the object's headers but for these. */
function onTheWay(body: Buffer, changes: Headers, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  const fault: Fault = exchange => {
    harness.faults.push(fault);
    if (exchange.operation !== 'GetObject' || left-- <= 0) return false;
    const { response } = exchange;
    withHeaders({ 'content-length': String(body.length), 'x-oss-range': undefined, ...changes })(exchange);
    const end = response.end.bind(response) as (chunk: Buffer) => typeof response;
    response.write = () => true;
    response.end = () => end(body);
    return false;
  };
  harness.faults.push(fault);
}

const GZIPPED = gzipSync(TEXT);
const GZIP = { 'content-encoding': 'gzip' };
const OTHER = Buffer.from(TEXT).fill('x', 10, 20);

const WAYS: readonly (readonly [name: string, body: Buffer, changes: Headers])[] = [
  ['compressed, with the length of that', GZIPPED, GZIP],
  ['compressed, without a word about it', GZIPPED, {}],
  ['compressed, in chunks', GZIPPED, { ...GZIP, 'content-length': undefined }],
  ['compressed, with a weak ETag', GZIPPED, { ...GZIP, etag: 'W/"0"' }],
  ['compressed, without an ETag', GZIPPED, { ...GZIP, etag: undefined }],
  ['compressed to more bytes than it had', gzipSync(TEXT, { level: 0 }), GZIP],
  ['of other bytes, as many', OTHER, {}],
  ['cut short, with that length', TEXT.subarray(0, 100), {}],
  ['stretched, with that length', Buffer.concat([TEXT, TEXT]), {}],
  ['empty', Buffer.alloc(0), {}],
  ["a proxy's page", Buffer.from('<html><body>Welcome to the hotel</body></html>'), { 'content-type': 'text/html' }],
];

describe.each(['a CRC-64', 'an MD5 alone'])('of an object that has %s', proof => {
  test.each(WAYS)('a body %s is never written', async (_name, body, changes) => {
    await harness.put('k', TEXT, { headers: { 'content-type': 'text/plain' } });
    if (proof === 'an MD5 alone') await withoutCrc64('k', 'Normal');
    onTheWay(body, changes);
    await expect(move('k')).rejects.toMatchObject({ kind: 'retryable', code: expect.stringMatching(/^source-/) });
    expect(await server.destination.head('k', { signal: never })).toBeUndefined();
  });

  test.each(WAYS)('after a body %s the right one is written', async (_name, body, changes) => {
    await harness.put('k', TEXT);
    if (proof === 'an MD5 alone') await withoutCrc64('k', 'Normal');
    onTheWay(body, changes, 1);
    expect(await move('k', TEXT.length)).toMatchObject({ kind: 'copied' });
    expect((await server.read('k')).equals(TEXT)).toBe(true);
    expect((await server.look('k')).ContentEncoding).toBeUndefined();
  });
});

async function withoutCrc64(key: string, type: string): Promise<void> {
  const object = await harness.store.find(key);
  const staged = await harness.store.stage();
  await staged.write(TEXT);
  await harness.store.commit(key, [staged], {
    ...object,
    etag: object?.etag ?? '',
    headers: {},
    metadata: {},
    tags: {},
    attributes: { type },
  });
}

describe('of an object of which nothing is known but its length', () => {
  test.each(WAYS.filter(([, , changes]) => changes === GZIP))(
    'a body %s is never written',
    async (_name, body, changes) => {
      await harness.put('k', TEXT);
      await withoutCrc64('k', 'Multipart');
      onTheWay(body, changes);
      await expect(move('k')).rejects.toMatchObject({ kind: 'retryable', code: 'source-bad-answer' });
      expect(await server.destination.head('k', { signal: never })).toBeUndefined();
    },
  );

  test('one that is stored compressed is copied as it is', async () => {
    await harness.put('k', TEXT, { headers: { 'content-encoding': 'gzip' } });
    const object = await harness.store.find('k');
    const staged = await harness.store.stage();
    await staged.write(GZIPPED);
    const details = {
      etag: 'A1-2',
      headers: object?.headers ?? {},
      metadata: {},
      tags: {},
      attributes: { type: 'Multipart' },
    };
    await harness.store.commit('k', [staged], details);
    expect(await move('k')).toMatchObject({ kind: 'unverified' });
    expect((await server.read('k')).equals(GZIPPED)).toBe(true);
    expect((await server.look('k')).ContentEncoding).toBe('gzip');
  });
});

describe('of an object that is stored compressed', () => {
  test('a body that was unpacked on the way is never written', async () => {
    await harness.put('k', GZIPPED, { headers: { 'content-encoding': 'gzip' } });
    onTheWay(TEXT, { 'content-encoding': undefined });
    await expect(move('k')).rejects.toMatchObject({ kind: 'retryable' });
    expect(await server.destination.head('k', { signal: never })).toBeUndefined();
  });
});

describe('of an object in parts', () => {
  const LARGE = bytesOf(PART_BYTES + 1_000);

  test.each([
    ['compressed', gzipSync(LARGE.subarray(0, PART_BYTES)), GZIP],
    ['the whole in place of a range', LARGE, {}],
    ['of other bytes, as many', Buffer.from(LARGE.subarray(0, PART_BYTES)).fill(0, 5, 50), {}],
  ])('a part %s is never completed, and no upload is left', async (_name, body, changes) => {
    await harness.put('k', LARGE);
    onTheWay(body, changes, 1);
    expect(await move('k', LARGE.length)).toMatchObject({ kind: 'copied' });
    expect((await server.read('k')).equals(LARGE)).toBe(true);
    expect(await server.destination.listUploads('k', { signal: never })).toEqual([]);
  });
});
