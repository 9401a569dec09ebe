// Work that takes longer than its message stays hidden, and heartbeats that do not come through: the receipt is lost, or nearly, and nothing is by that.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../local/faults/fault-rule.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
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

/** Shorter than any that users may have: a heartbeat after ten seconds. */
const VISIBILITY_SECONDS = 30;
/** 300 KiB take twelve seconds. */
const NARROW: Fault = { kind: 'bandwidth', bytesPerSecond: 25 * KIBIBYTE };

const HEARTBEATS: readonly { readonly name: string; readonly fault: Fault; readonly times: number }[] = [
  { name: 'are refused for a while', fault: { kind: 'status', status: 500, code: 'InternalError' }, times: 4 },
  { name: 'come too late', fault: { kind: 'expire' }, times: 1 },
];

let bridge: MatrixBridge;
beforeAll(async () => {
  bridge = await startMatrixBridge({ visibilityTimeoutSeconds: VISIBILITY_SECONDS });
});
afterAll(() => bridge?.close());

describe('where heartbeats', () => {
  test.each(HEARTBEATS)('$name, everything is moved, and counted once', async ({ name, fault, times }) => {
    const { faults } = bridge.cloud;
    const work = await prepareMuch(bridge, name);
    for (const key of work.smallReplaced) {
      faults.add({ service: 'oss', operation: 'GetObject', key, times: 1, fault: NARROW });
    }
    const id = faults.add({ service: 'sqs', operation: 'ChangeMessageVisibilityBatch', times, fault });
    await work.tell();
    expect(await work.untilDone()).toMatchObject({ found: 3, copied: 3, failed: 0, remaining: 0 });
    expect(faults.find(id)?.struck).toBe(times);
    faults.clear();
    for (const key of work.keys) {
      const standing = { ...(await work.standing(key)), outcomes: [], backfill: undefined };
      expectEqual(standing);
      expectNoFailure(standing);
      expectOnlySourceVersionsInOrder(standing);
    }
    await work.forget();
  });
});
