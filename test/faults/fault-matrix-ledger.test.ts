// A ledger that somebody else has locked: for a moment, again and again, and for longer than the worker waits for it.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectEqual, expectNoFailure, expectOnlySourceVersionsInOrder } from '../acceptance/moving-verdict.ts';
import { type MatrixBridge, startMatrixBridge } from './matrix/matrix-bridge.ts';
import { prepareMuch } from './matrix/move-much.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);

/** The worker waits ten seconds for the lock. */
const BEYOND_PATIENCE_MILLISECONDS = 11_000;

const LOCKS = [
  { name: 'locked for a moment', lock: { milliseconds: 300 }, times: 1 },
  { name: 'locked again and again', lock: { milliseconds: 100, pauseMilliseconds: 5 }, times: 20 },
  { name: 'locked for longer than anybody waits', lock: { milliseconds: BEYOND_PATIENCE_MILLISECONDS }, times: 1 },
];

let bridge: MatrixBridge;
beforeAll(async () => {
  bridge = await startMatrixBridge();
});
afterAll(() => bridge?.close());

describe('a ledger that is', () => {
  test.each(LOCKS)('$name delays work, and loses and miscounts nothing', async ({ name, lock, times }) => {
    const { faults } = bridge.cloud;
    const work = await prepareMuch(bridge, name);
    // Two parts are under way, and a batch is to be settled.
    const slow = { kind: 'latency', milliseconds: 200 } as const;
    const brake = faults.add({ service: 's3', operation: ['PutObject', 'UploadPart'], keyPrefix: name, fault: slow });
    await work.tell();
    const id = faults.add({ service: 'ledger', times, fault: { kind: 'lock', ...lock } });
    expect(await work.untilDone()).toMatchObject({ found: 3, copied: 3, failed: 0, remaining: 0 });
    expect(faults.find(id)).toMatchObject({ struck: expect.any(Number) });
    expect(faults.find(id)?.struck).toBeGreaterThan(0);
    expect(faults.find(id)?.problem).toBeUndefined();
    faults.remove(id);
    faults.remove(brake);
    for (const key of work.keys) {
      const standing = { ...(await work.standing(key)), outcomes: [], backfill: undefined };
      expectEqual(standing);
      expectNoFailure(standing);
      expectOnlySourceVersionsInOrder(standing);
      expect(await bridge.ledger.uploads.find(key)).toBeUndefined();
    }
    await work.forget();
  });
});
