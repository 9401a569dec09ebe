// SIGTERM, thirty times, while objects are moved and changed: each worker ends with its grace period, or seconds after it, and gives back what it has
// not done, so that nothing waits for a visibility timeout and receive counts stay counts of crashes.

import { expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { SETTLE, startBridge } from '../acceptance/bridge.ts';
import { createGate } from '../acceptance/gate.ts';
import { startBackfill, untilDone } from '../acceptance/worker-api.ts';
import { createRandom } from '../simulation/random.ts';
import { chooseSeed } from './chosen-seed.ts';
import { keepEvidence } from './keep-evidence.ts';
import { moveChangingBucket } from './move-changing-bucket.ts';
import { expectExactCounts, expectNoBugInLog, expectNothingLeft, expectSameBuckets } from './moved-verdict.ts';
import { createReceipts, WORKER_NAME_VARIABLE } from './receipts.ts';
import { addTrouble, STEADY_SLOWNESS } from './steady-trouble.ts';
import { startStruckBridge } from './struck-bridge.ts';
import { figuresOf, tellRun } from './tell-run.ts';
import { keepUpHoursLater } from './upkeep-hours-later.ts';

const TERMS = 30;
const PLAN = { waves: 40, objectsOfEach: 25, largeEvery: 2, created: 400, changes: 600, gone: 5 };
const SMALL_PARTS = { PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32', MAX_CONCURRENT_PARTS: '2' };
/** Longer than a poll, which is cut off else; shorter than what is large takes. */
const GRACE_SECONDS = [6, 7, 8, 10];
/** For what was told to end, and to hand over what did not; and a busy machine. */
const AFTER_GRACE_SECONDS = 5;

test('thirty workers are stopped at random: each exits with 0 within five seconds of the end of its grace period, and what it had received is received anew at once, as a new message', async () => {
  const seed = chooseSeed();
  const random = createRandom(seed);
  const endings: { readonly code: number | null; readonly secondsOverGrace: number }[] = [];
  const graceOf = (number: number) => GRACE_SECONDS[number % GRACE_SECONDS.length] ?? 0;
  const struck = await startStruckBridge({
    strikes: TERMS,
    strikesAtEnd: 4,
    workers: 2,
    environmentOf: number => ({ ...SMALL_PARTS, SHUTDOWN_GRACE_SECONDS: String(graceOf(number)) }),
    strike: async ({ victim }) => {
      const stoppedAt = performance.now();
      const code = await victim.worker.stop();
      const seconds = (performance.now() - stoppedAt) / 1000;
      endings.push({ code, secondsOverGrace: seconds - graceOf(victim.number) });
    },
    random,
  });
  const { bridge, receipts, strikes } = struck;
  try {
    await keepEvidence({ bridge, seed }, async () => {
      addTrouble(bridge.cloud, STEADY_SLOWNESS, seed);
      const moved = await moveChangingBucket(struck, PLAN, random);
      const exits = await Promise.all(struck.fleet.ready.map(({ worker }) => worker.stop()));
      const objects = await expectSameBuckets(bridge, moved.gone);
      const left = await keepUpHoursLater(bridge, moved.waves, SMALL_PARTS);
      const maxSecondsOverGrace = Math.max(...endings.map(({ secondsOverGrace }) => secondsOverGrace));
      const { unexplained, maxReceiveCount } = receipts.report;
      const figures = { ...figuresOf(struck, moved), objects, left, maxSecondsOverGrace };
      tellRun('random-terms', { seed, ...figures });
      expect([...endings.map(({ code }) => code), ...exits].filter(code => code !== 0)).toEqual([]);
      expect(maxSecondsOverGrace).toBeLessThanOrEqual(AFTER_GRACE_SECONDS);
      expect(unexplained).toEqual([]);
      expect(maxReceiveCount).toBe(1);
      expect(left).toEqual({ uploads: 0, backfills: 0 });
      expectExactCounts(moved, objects);
      await expectNothingLeft(bridge);
      await expectNoBugInLog(bridge);
      expect(strikes.made).toBe(TERMS);
      expect(strikes.inWork).toBeGreaterThan(TERMS / 2);
    });
  } finally {
    await struck.close();
  }
});

test('a second SIGTERM while a worker drains ends it at once, and another worker finishes what it held', async () => {
  const gate = createGate();
  const receipts = createReceipts();
  const bridge = await startBridge({
    intercept: {
      oss: async ({ operation }) => {
        if (operation === 'GetObject') await gate.pass();
        return false;
      },
      sqs: exchange => {
        receipts.see(exchange);
        return false;
      },
    },
  });
  try {
    const objects = Array.from({ length: 50 }, (_, index) => ({
      key: `small/${index}`,
      sizeBytes: index * 100,
      metadata: {},
    }));
    await seedStore(bridge.source, objects);
    const name = 'stopped-twice';
    const first = await bridge.startWorker({ [WORKER_NAME_VARIABLE]: name });
    const { id } = await startBackfill(first);
    await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(0);
    const exit = first.stop();
    await expect.poll(() => bridge.workerLog(), SETTLE).toContain('"Draining."');
    first.process.kill('SIGTERM');
    expect(await exit).toBe(130);
    gate.open();
    expect(bridge.cloud.sqs.counts(LOCAL.backfillQueue).inFlight).toBeGreaterThan(0);
    await receipts.endVisibilityOf(name, bridge.sqs);
    const second = await bridge.startWorker();
    expect(await untilDone(second, id)).toMatchObject({ found: 50, copied: 50 });
    await bridge.untilQuiet();
    await expectSameBuckets(bridge, new Set());
    await expectNothingLeft(bridge);
  } finally {
    gate.open();
    await bridge.close();
  }
});
