// What meets every object (credentials, a bucket that is gone, a clock, an outage) fails none, however long it lasts: work waits, and goes on when it is
// mended.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectEqual, expectNoFailure, expectOnlySourceVersionsInOrder } from '../acceptance/moving-verdict.ts';
import { type MatrixBridge, startMatrixBridge } from './matrix/matrix-bridge.ts';
import { type MuchWork, prepareMuch } from './matrix/move-much.ts';
import { WHOLE_TROUBLES } from './matrix/whole-trouble.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);

const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 60_000;

let bridge: MatrixBridge;
beforeAll(async () => {
  bridge = await startMatrixBridge();
});
afterAll(() => bridge?.close());

describe('nothing fails of', () => {
  test.each(WHOLE_TROUBLES.map(trouble => [trouble.name, trouble] as const))('%s', async (name, trouble) => {
    const { service, fault, isMended = false } = trouble;
    const { faults } = bridge.cloud;
    const work = await prepareMuch(bridge, name);
    const id = faults.add({ service, fault });
    await work.tell();
    if (isMended) await work.untilDone();
    else await untilAllWaitTwice(work);
    expect(faults.find(id)?.struck).toBeGreaterThan(0);
    await expectNoFailures(work);
    faults.remove(id);
    expect(await work.untilDone()).toMatchObject({ found: 3, copied: 3, failed: 0, remaining: 0 });
    await expectNoFailures(work);
    for (const key of work.keys) {
      const standing = { ...(await work.standing(key)), outcomes: [], backfill: undefined };
      expectEqual(standing);
      expectOnlySourceVersionsInOrder(standing);
    }
    await work.forget();
  });
});

/** Each live message has been put back for trouble at least twice. */
async function untilAllWaitTwice({ liveKeys, messages }: MuchWork): Promise<void> {
  const givenUpAt = Date.now() + PATIENCE_MILLISECONDS;
  const seen = new Map<string, Set<string>>(liveKeys.map(key => [key, new Set()]));
  while ([...seen.values()].some(({ size }) => size < 2)) {
    if (Date.now() > givenUpAt) throw new Error(`Not all wait: ${messages().join(' ').slice(0, 500)}`);
    for (const body of messages()) {
      const waits = /"waits":\d+/.exec(body)?.[0];
      for (const [key, counts] of seen)
        if (waits !== undefined && body.includes(JSON.stringify(key))) counts.add(waits);
    }
    await delay(POLL_MILLISECONDS);
  }
}

async function expectNoFailures({ keys, standing }: MuchWork): Promise<void> {
  for (const key of keys) expectNoFailure({ ...(await standing(key)), outcomes: [], backfill: undefined });
}
