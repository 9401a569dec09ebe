// kill -9, a hundred times, while thousands of objects are moved and changed and a few percent of all requests go wrong.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../simulation/random.ts';
import { chooseSeed } from './chosen-seed.ts';
import { keepEvidence } from './keep-evidence.ts';
import { moveChangingBucket } from './move-changing-bucket.ts';
import { expectExactCounts, expectNoBugInLog, expectNothingLeft, expectSameBuckets } from './moved-verdict.ts';
import { addTrouble, STEADY_TROUBLE, struckFaults } from './steady-trouble.ts';
import { type Struck, startStruckBridge } from './struck-bridge.ts';
import { figuresOf, tellRun } from './tell-run.ts';
import { keepUpHoursLater } from './upkeep-hours-later.ts';

const KILLS = 100;
const PLAN = {
  waves: 144,
  objectsOfEach: 25,
  largeEvery: 11,
  created: 1350,
  changes: 1800,
  gone: 10,
};
const MIN_OBJECTS = 5_000;
const ENVIRONMENT = { PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32', MAX_CONCURRENT_PARTS: '2' };
/** Of the queues: the dead-letter policy's. */
const MAX_RECEIVE_COUNT = 10;
/** Longer than any request that a dead worker has sent can still take effect here, as the visibility timeout is in earnest. */
const DEAD_MILLISECONDS = 2_000;

async function kill({ victim, bridge, receipts }: Struck): Promise<void> {
  await victim.worker.kill();
  await delay(DEAD_MILLISECONDS);
  await receipts.endVisibilityOf(victim.name, bridge.sqs);
}

test('a hundred workers are killed at random: nothing is lost, nothing is different, every count is exact, no upload is left', async () => {
  const seed = chooseSeed();
  const random = createRandom(seed);
  const struck = await startStruckBridge({
    strikes: KILLS,
    strikesAtEnd: 8,
    workers: 3,
    environmentOf: () => ENVIRONMENT,
    strike: kill,
    random,
  });
  const { bridge, receipts, strikes } = struck;
  try {
    await keepEvidence({ bridge, seed }, async () => {
      addTrouble(bridge.cloud, STEADY_TROUBLE, seed);
      const moved = await moveChangingBucket(struck, PLAN, random);
      const faults = struckFaults(bridge.cloud);
      const exits = await Promise.all(struck.fleet.ready.map(({ worker }) => worker.stop()));
      const left = await keepUpHoursLater(bridge, moved.waves, ENVIRONMENT);
      const objects = await expectSameBuckets(bridge, moved.gone);
      tellRun('random-kills', { seed, ...figuresOf(struck, moved), objects, left, faults });
      expect(exits).toEqual([0, 0, 0]);
      expectExactCounts(moved, objects);
      await expectNothingLeft(bridge);
      await expectNoBugInLog(bridge);
      expect(objects).toBeGreaterThanOrEqual(MIN_OBJECTS);
      expect(strikes.made).toBe(KILLS);
      expect(strikes.inWork).toBeGreaterThan(KILLS / 2);
      expect(receipts.report.unexplained).toEqual([]);
      expect(receipts.report.maxReceiveCount).toBeLessThan(MAX_RECEIVE_COUNT);
    });
  } finally {
    await struck.close();
  }
});
