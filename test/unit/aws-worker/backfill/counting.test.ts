// Whatever crashes, comes twice or is lost: in the end every key was reconciled and is counted once, and nothing is called done before.

import { describe, expect, test } from 'vitest';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import type { Backfill } from '../../../../aws-worker/ledger/ledger.ts';
import { type BackfillFixture, createBackfillFixture, error } from './backfill-fixture.ts';

const OBJECTS = 11;
const HOUR_MILLISECONDS = 3_600_000;
/** k0003 fails at first, k0005 for good, k0007 each time; k0009 is archived. */
const FINAL = { copied: 8, failed: 2, archived: 1, skipped: 0, unverified: 0, 'source-missing': 0 };

async function runningBackfill() {
  const fixture = await createBackfillFixture({ maxPageObjects: 4, settings: { maxBatchBytes: 2 } });
  fixture.addObjects(OBJECTS);
  const triesOf = new Map<string, number>();
  fixture.answerWith(({ key }) => {
    const tries = (triesOf.get(key) ?? 0) + 1;
    triesOf.set(key, tries);
    if (key === 'k0003' && tries === 1) throw error('source-keeps-changing');
    if (key === 'k0005') throw error('metadata-too-large', 'permanent');
    if (key === 'k0007') throw error('source-bad-answer');
    return { kind: key === 'k0009' ? 'archived' : 'copied', sizeBytes: 1 };
  });
  const id = await fixture.start();
  return { fixture, id };
}

/** To be called whenever the ledger may have changed: what must hold at every moment. */
function watch(fixture: BackfillFixture, id: string) {
  let before: Backfill | undefined;
  return async () => {
    const now = await fixture.backfill(id);
    const { counts, status, endedAt } = now;
    const settled = Object.values(counts.byOutcome).reduce((sum, outcome) => sum + outcome.objects, 0);
    expect(counts.found.objects).toBe(settled + counts.remaining.objects);
    expect(counts.remaining.objects).toBeGreaterThanOrEqual(0);
    expect(counts.remaining.bytes).toBeGreaterThanOrEqual(0);
    // What remains is owed by rows that somebody will work off, and by nothing else.
    expect(counts.remaining.objects > 0).toBe(counts.unpaidBatches + counts.unpaidObjects > 0);
    for (const kind of ['copied', 'failed', 'archived'] as const) {
      expect(counts.byOutcome[kind].objects).toBeGreaterThanOrEqual(before?.counts.byOutcome[kind].objects ?? 0);
      expect(counts.byOutcome[kind].objects).toBeLessThanOrEqual(FINAL[kind]);
    }
    if (status === 'done') {
      expect(counts).toMatchObject({ remaining: { objects: 0 }, openRanges: 0, unpaidBatches: 0, unpaidObjects: 0 });
      expect(new Set(fixture.requests.map(request => request.key)).size).toBe(OBJECTS);
    }
    // Said once.
    if (before?.status === 'done') expect({ status, endedAt }).toEqual({ status: 'done', endedAt: before.endedAt });
    before = now;
  };
}

async function expectExact(fixture: BackfillFixture, id: string): Promise<void> {
  const { counts, status } = await fixture.backfill(id);
  expect(status).toBe('done');
  expect(counts.found).toEqual({ objects: OBJECTS, bytes: OBJECTS });
  expect(Object.fromEntries(Object.entries(counts.byOutcome).map(([kind, { objects }]) => [kind, objects]))).toEqual(
    FINAL,
  );
  const failures = await fixture.ledger.listFailures({ backfill: id, after: '', limit: 9 });
  expect(failures.map(failure => failure.key)).toEqual(['k0005', 'k0007']);
}

test('without any crash, each object that failed is in the dead-letter queue', async () => {
  const { fixture, id } = await runningBackfill();
  await fixture.workOff(watch(fixture, id));
  await expectExact(fixture, id);
  expect([...fixture.deadLetters.bodies].sort()).toEqual(['{"key":"k0005","size":1}', '{"key":"k0007","size":1}']);
});

test('with a crash at any one of all the calls that workers make', async () => {
  for (let at = 0; ; at++) {
    const { fixture, id } = await runningBackfill();
    let step = 0;
    let where: string | undefined;
    fixture.steps.each(({ operation, phase, call }) => {
      if (step++ !== at) return;
      where = `${phase} call ${call} of ${operation}`;
      throw new Error('crash');
    });
    try {
      await fixture.workOff(watch(fixture, id));
      await expectExact(fixture, id);
    } catch (cause) {
      throw new Error(`It crashed ${where}.`, { cause });
    }
    if (where === undefined) {
      expect(at).toBeGreaterThan(100);
      return;
    }
  }
});

describe('with three workers, crashes, duplicates and lost messages', () => {
  test.each(Array.from({ length: 25 }, (_, index) => index + 1))('schedule %d', async seed => {
    const { fixture, id } = await runningBackfill();
    const check = watch(fixture, id);
    let state = seed * 2_654_435_761;
    const chance = (percent: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state / 2 ** 32) * 100 < percent;
    };
    fixture.steps.each(() => {
      if (chance(3)) throw new Error('crash');
    });
    for (let turn = 0; (await fixture.backfill(id)).status !== 'done'; turn++) {
      if (turn > 3_000) throw new Error('It does not come to an end.');
      const [first] = fixture.queue.stored;
      if (first !== undefined && chance(10)) await fixture.queue.send([first]);
      const worked = await Promise.all([fixture.workOffOne(), fixture.workOffOne(), fixture.workOffOne()]);
      if (chance(5)) await loseOne(fixture);
      if (!worked.includes(true)) {
        await fixture.clock.advance(fixture.queue.bodies.length > 0 ? 60_000 : 2 * HOUR_MILLISECONDS);
        await sweep(fixture.context).catch(() => undefined); // a crash: another sweep comes
      }
      await check();
    }
    await expectExact(fixture, id);
  });
});

/** As retention, a purge or the redrive policy does. */
async function loseOne({ queue }: BackfillFixture): Promise<void> {
  const options = { maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 60, signal: AbortSignal.timeout(60_000) };
  const received = await queue.receive(options);
  await queue.delete(received.map(message => message.receiptHandle));
}
