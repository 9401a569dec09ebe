// A backfill whose source lies about what it has: it waits or pauses and says why; when the truth is told again, it ends with every object, counted once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, deadLetters, SETTLE, startBridge } from './bridge.ts';
import { findBackfill, request, startBackfill, untilDone } from './worker-api.ts';

const OBJECTS = 40;

let bridge: Bridge;
let worker: WorkerProcess;
/** What is answered in place of the truth. */
let lie: string | undefined;
let lies = 0;

beforeAll(async () => {
  bridge = await startBridge({
    intercept: {
      oss: ({ operation, response }) => {
        if (operation !== 'ListObjectsV2' || lie === undefined) return false;
        lies++;
        response.writeHead(200, { 'content-type': 'application/xml' }).end(lie);
        return true;
      },
    },
  });
  worker = await bridge.startWorker();
});
afterAll(async () => {
  await bridge?.close();
});

/** A backfill of a prefix of its own that is lied to from the beginning. */
async function startLied(prefix: string, xml: string): Promise<string> {
  const keys = Array.from({ length: OBJECTS }, (_, index) => `${prefix}k${index}`);
  await seedStore(
    bridge.source,
    keys.map((key, sizeBytes) => ({ key, sizeBytes, metadata: {} })),
  );
  lies = 0;
  lie = xml;
  return (await startBackfill(worker, { prefix })).id;
}

async function expectAllCopied(id: string, prefix: string): Promise<void> {
  expect(await untilDone(worker, id)).toMatchObject({ found: OBJECTS, copied: OBJECTS, failed: 0, sourceMissing: 0 });
  const page = { prefix, startAfter: '', limit: 1_000 };
  const [source, destination] = await Promise.all([bridge.source.list(page), bridge.destination.list(page)]);
  const facts = source.map(({ key, sizeBytes }) => ({ key, sizeBytes }));
  expect(destination.map(({ key, sizeBytes }) => ({ key, sizeBytes }))).toEqual(facts);
  expect(deadLetters(bridge)).toEqual([]);
}

function page(keys: readonly string[], { name = 'local-source', token = '' } = {}): string {
  const contents = keys.map(
    key =>
      `<Contents><Key>${key}</Key><LastModified>2026-11-03T10:00:00.000Z</LastModified><ETag>"E"</ETag><Type>Normal</Type><Size>1</Size></Contents>`,
  );
  const isTruncated = token !== '';
  return `<?xml version="1.0"?><ListBucketResult><Name>${name}</Name><IsTruncated>${isTruncated}</IsTruncated><EncodingType>url</EncodingType>${token}${contents.join('')}</ListBucketResult>`;
}

describe('a backfill is paused, with the reason, and goes on when it is resumed', () => {
  test.each([
    ['is in no order', '1-', page(['1-b', '1-a']), 'not in the order'],
    ['repeats its keys', '2-', page(['2-a', '2-a']), 'not in the order'],
    ['is of another prefix', '3-', page(['z']), 'left its prefix'],
    ['is of another bucket', '4-', page(['4-a'], { name: 'other' }), 'the bucket "other"'],
    ['has an impossible key', '5-', page([`5-${'k'.repeat(1_022)}`]), 'OSS allows 1023'],
    ['is not encoded as was asked', '6-', page(['6-a+b']), 'not percent-encoded'],
  ])('when the listing %s', async (_name, prefix, xml, reason) => {
    const id = await startLied(prefix, xml);
    await expect.poll(async () => (await findBackfill(worker, id)).state, SETTLE).toBe('paused');
    expect(await findBackfill(worker, id)).toMatchObject({ found: 0, reason: expect.stringContaining(reason) });
    lie = undefined;
    expect(await request(worker, `POST /backfill/${id}/resume`)).toMatchObject({ status: 200 });
    bridge.passQueueTime(60);
    await expectAllCopied(id, prefix);
  });
});

describe('a range is tried again later, and nothing of it is lost', () => {
  const FOR_EVER = '<NextContinuationToken>t</NextContinuationToken>';

  test.each([
    ['is no list', '7-', '<html><body>Welcome to the hotel</body></html>', 'no complete list'],
    ['is a bomb', '8-', `<!DOCTYPE x [<!ENTITY e "x">]>${page(['8-a'])}`, 'document type'],
    ['is cut short', '9-', page(['9-a']).slice(0, -30), 'no complete list'],
    ['never ends', 'a-', page([], { token: FOR_EVER }), 'says not how to go on'],
  ])('when the listing %s', async (_name, prefix, xml, reason) => {
    const before = (await bridge.workerLog()).length;
    const id = await startLied(prefix, xml);
    // Tried a few times at once; then its message waits in the queue, with a line in the log that says why.
    await expect.poll(async () => (await bridge.workerLog()).slice(before), SETTLE).toContain(reason);
    expect(lies).toBeGreaterThan(1);
    expect(await findBackfill(worker, id)).toMatchObject({ state: 'listing', found: 0 });
    lie = undefined;
    await expect.poll(() => bridge.cloud.sqs.peek('oss-s3-bridge-backfill').length, SETTLE).toBe(1);
    bridge.passQueueTime(120);
    await expectAllCopied(id, prefix);
  });
});
