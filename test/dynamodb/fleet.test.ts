// Several workers, each a process of its own, on one table, as on several machines. kill -9, now and then, while some thousand objects are moved and changed.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { chooseSeed } from '../faults/chosen-seed.ts';
import { keepEvidence } from '../faults/keep-evidence.ts';
import { moveChangingBucket } from '../faults/move-changing-bucket.ts';
import { expectExactCounts, expectNoBugInLog, expectNothingLeft, expectSameBuckets } from '../faults/moved-verdict.ts';
import { addTrouble, STEADY_TROUBLE } from '../faults/steady-trouble.ts';
import { type Struck, startStruckBridge } from '../faults/struck-bridge.ts';
import { figuresOf, tellRun } from '../faults/tell-run.ts';
import { keepUpHoursLater } from '../faults/upkeep-hours-later.ts';
import { createRandom } from '../simulation/random.ts';
import { dynamodbBridgeLedger } from './dynamodb-bridge-ledger.ts';
import { createTestTable } from './test-table.ts';

const KILLS = 10;
const PLAN = { waves: 20, objectsOfEach: 90, largeEvery: 6, created: 100, changes: 150, gone: 3 };
const MIN_OBJECTS = 1_800;
const ENVIRONMENT = { PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32', MAX_CONCURRENT_PARTS: '2' };
/** Longer than any request that a dead worker has sent can still take effect here, as the visibility timeout is in earnest. */
const DEAD_MILLISECONDS = 2_000;

async function kill({ victim, bridge, receipts }: Struck): Promise<void> {
  await victim.worker.kill();
  await delay(DEAD_MILLISECONDS);
  await receipts.endVisibilityOf(victim.name, bridge.sqs);
}

test('workers that are killed at random on one table: nothing is lost, nothing is different, every count is exact, no upload is left', async () => {
  const seed = chooseSeed();
  const random = createRandom(seed);
  const table = await createTestTable();
  const struck = await startStruckBridge({
    strikes: KILLS,
    strikesAtEnd: 2,
    workers: 3,
    environmentOf: () => ENVIRONMENT,
    strike: kill,
    random,
    ledger: dynamodbBridgeLedger(table),
  });
  const { bridge, strikes } = struck;
  try {
    await keepEvidence({ bridge, seed }, async () => {
      addTrouble(bridge.cloud, STEADY_TROUBLE, seed);
      const moved = await moveChangingBucket(struck, PLAN, random);
      const exits = await Promise.all(struck.fleet.ready.map(({ worker }) => worker.stop()));
      const left = await keepUpHoursLater(bridge, moved.waves, ENVIRONMENT);
      const objects = await expectSameBuckets(bridge, moved.gone);
      tellRun('dynamodb-fleet', { seed, ...figuresOf(struck, moved), objects, left });
      expect(exits).toEqual([0, 0, 0]);
      expectExactCounts(moved, objects);
      await expectNothingLeft(bridge);
      await expectNoBugInLog(bridge);
      expect(objects).toBeGreaterThanOrEqual(MIN_OBJECTS);
      expect(strikes.made).toBe(KILLS);
      expect(strikes.inWork).toBeGreaterThan(0);
    });
  } finally {
    await struck.close();
    await table.drop();
  }
});
