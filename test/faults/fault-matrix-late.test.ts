// Writes whose effect comes after the worker has given them up. Delays are shortened less here than elsewhere: a write in doubt is looked after when it
// can no longer arrive, and that order is kept.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type MatrixBridge, startMatrixBridge } from './matrix/matrix-bridge.ts';
import { LATE_PLACES } from './matrix/places.ts';
import { type LateWrite, openUploadsOf, playLate } from './matrix/play-late.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);

/** Three minutes, after which no write is under way any more, are nine seconds: the late one takes three. */
const DELAY_DIVISOR = 20;
const JANITOR_HOURS_LATER = 2;

const CHANGES = ['nothing', 'the source is overwritten'] as const;
const LATE_WRITES: readonly LateWrite[] = LATE_PLACES.flatMap(place => CHANGES.map(change => ({ place, change })));
const nameOf = ({ place, change }: LateWrite) =>
  `${place.name}, while ${change === 'nothing' ? 'nothing happens' : change}`;

let bridge: MatrixBridge;
const plays = new Map<string, Promise<void>>();
beforeAll(async () => {
  bridge = await startMatrixBridge({ delayDivisor: DELAY_DIVISOR });
  for (const [number, late] of LATE_WRITES.entries()) {
    const play = playLate(bridge, late, `late ${number}`);
    play.catch(() => undefined); // It is the test of that name that fails.
    plays.set(nameOf(late), play);
  }
});
afterAll(() => bridge?.close());

describe('a late effect of', () => {
  test.each(LATE_WRITES.map(nameOf))('%s, leaves the last version', async name => {
    await plays.get(name);
  });

  test('any of them leaves no upload once the janitor has been', async () => {
    await Promise.allSettled(plays.values());
    await bridge.ownTransfer.tidyUploads({ hoursLater: JANITOR_HOURS_LATER });
    expect(await openUploadsOf(bridge)).toEqual([]);
  });
});
