// What workers do about what was left behind, hours after it was: a real worker that lives seven hours later, in clouds of that time.

import { expect } from 'vitest';
import { type Bridge, openUploads } from '../acceptance/bridge.ts';
import { NO_UPLOADS } from '../acceptance/bridge-ledger.ts';
import type { BackfillWaves } from './backfill-waves.ts';
import { HOURS_LATER_OPTIONS, HOURS_LATER_SECONDS, HOURS_LATER_VARIABLE } from './hours-later.ts';
import { drain } from './move-changing-bucket.ts';

const CLOUDS = ['oss', 's3', 'sqs'] as const;
const TIMEOUT = { timeout: 60_000, interval: 100 };

/**
 * Ends uploads that were left, and pays debts whose messages were never sent. No other worker may run: its signatures would be refused. Returns
 * what there was to do.
 */
export async function keepUpHoursLater(
  bridge: Bridge,
  waves: BackfillWaves,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly uploads: number; readonly backfills: number }> {
  bridge.cloud.faults.clear();
  const left = { uploads: (await openUploads(bridge)).length, backfills: waves.open.length };
  for (const service of CLOUDS) {
    bridge.cloud.faults.add({ service, fault: { kind: 'clock', offsetSeconds: HOURS_LATER_SECONDS } });
  }
  const later = { NODE_OPTIONS: HOURS_LATER_OPTIONS, [HOURS_LATER_VARIABLE]: '1' };
  const worker = await bridge.startWorker({ ...environment, ...later });
  await expect.poll(() => bridge.ledger.uploadRows(), TIMEOUT).toEqual(NO_UPLOADS);
  const look = async () => {
    await drain(bridge, () => waves.look(worker));
    return waves.open.length;
  };
  await expect.poll(look, TIMEOUT).toBe(0);
  expect(await worker.stop()).toBe(0);
  bridge.cloud.faults.clear();
  return left;
}
