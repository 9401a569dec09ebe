// A message that meets a paused backfill is dropped, and resuming sends a new one for every debt. Whatever interleaves, nobody has to wait for the
// hour after which a debt is silent by itself: all is done with the messages that there are.

import { describe, expect, test } from 'vitest';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { type BackfillFixture, createBackfillFixture, error } from './backfill-fixture.ts';

const HOUR_MILLISECONDS = 3_600_000;
const OBJECTS = 3;

/** Two pages, three batches; k0001 fails at first and is owed. */
async function runningBackfill() {
  const fixture = await createBackfillFixture({ maxPageObjects: 2, settings: { maxBatchBytes: 1 } });
  fixture.addObjects(OBJECTS);
  let failures = 1;
  fixture.answerWith(({ key }) => {
    if (key === 'k0001' && failures-- > 0) throw error('source-keeps-changing');
    return { kind: 'copied', sizeBytes: 1 };
  });
  const startedAt = fixture.clock.now();
  return { fixture, id: await fixture.start(), startedAt };
}

async function expectExact({ backfill, queue }: BackfillFixture, id: string): Promise<void> {
  const { status, counts } = await backfill(id);
  expect({ status, counts }).toMatchObject({
    status: 'done',
    counts: { found: { objects: OBJECTS }, byOutcome: { copied: { objects: OBJECTS } }, remaining: { objects: 0 } },
  });
  expect(queue.bodies).toEqual([]);
}

test.each([
  { gap: 1, every: 1 },
  { gap: 6, every: 3 },
  { gap: 25, every: 3 },
])('at any call that a worker makes, and resumed $gap steps later, strands no debt', async ({ gap, every }) => {
  for (let at = 0; ; at += every) {
    const { fixture, id, startedAt } = await runningBackfill();
    let step = 0;
    let where: string | undefined;
    fixture.steps.each(async ({ operation, phase, call }) => {
      if (step === at) where = (await fixture.pause(id)) ? `${phase} call ${call} of ${operation}` : undefined;
      if (step++ === at + gap) await fixture.resume(id);
    });
    try {
      await fixture.workOff();
      if (await fixture.resume(id)) await fixture.workOff();
      await expectExact(fixture, id);
      expect(fixture.clock.now() - startedAt).toBeLessThan(HOUR_MILLISECONDS);
    } catch (cause) {
      throw new Error(`It was paused ${where}.`, { cause });
    }
    if (step > at) continue;
    expect(at).toBeGreaterThan(40);
    return;
  }
});

test('paused and resumed twice around any call strands no debt', async () => {
  for (let at = 0; ; at += 2) {
    const { fixture, id, startedAt } = await runningBackfill();
    let step = 0;
    fixture.steps.each(async () => {
      if (step++ !== at) return;
      for (const change of ['pause', 'resume', 'pause', 'resume'] as const) await fixture[change](id);
    });
    await fixture.workOff();
    await expectExact(fixture, id);
    expect(fixture.clock.now() - startedAt).toBeLessThan(HOUR_MILLISECONDS);
    if (step <= at) return;
  }
});

describe('by chance, with three workers that crash and messages that come twice', () => {
  test.each(Array.from({ length: 20 }, (_, index) => index + 1))('schedule %d ends exact', async seed => {
    const { fixture, id } = await runningBackfill();
    let state = seed * 2_654_435_761;
    const chance = (percent: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state / 2 ** 32) * 100 < percent;
    };
    fixture.steps.each(async () => {
      if (chance(3)) await fixture.pause(id);
      if (chance(4)) await fixture.resume(id);
      if (chance(2)) throw new Error('crash');
    });
    for (let turn = 0; (await fixture.backfill(id)).status !== 'done'; turn++) {
      if (turn > 2_000) throw new Error('It does not come to an end.');
      const [first] = fixture.queue.stored;
      if (first !== undefined && chance(10)) await fixture.queue.send([first]);
      const worked = await Promise.all([fixture.workOffOne(), fixture.workOffOne(), fixture.workOffOne()]);
      if (worked.includes(true)) continue;
      await fixture.clock.advance(fixture.queue.bodies.length > 0 ? 60_000 : 2 * HOUR_MILLISECONDS);
      await fixture.resume(id);
      await sweep(fixture.context).catch(() => undefined); // a crash: another sweep comes
    }
    await fixture.workOff();
    await expectExact(fixture, id);
  });
});

describe('a message', () => {
  test('of a paused backfill does not go round', async () => {
    const { fixture, id } = await runningBackfill();
    await fixture.workOffOne();
    await fixture.pause(id);
    const sent = fixture.queue.calls.send;
    await fixture.workOff();
    expect(fixture.queue.bodies).toEqual([]);
    expect(fixture.queue.calls.send).toBe(sent);
    expect((await fixture.backfill(id)).counts.remaining.objects).toBe(OBJECTS);
  });

  test('that was read as paused, and is deleted after the resume, takes nothing with it', async () => {
    const { fixture, id } = await runningBackfill();
    await fixture.pause(id);
    let resumed = false;
    fixture.steps.before('delete', async () => {
      if (!resumed) resumed = await fixture.resume(id);
    });
    await fixture.workOffOne();
    expect(resumed).toBe(true);
    expect(fixture.queue.bodies).toHaveLength(1);
    await fixture.workOff();
    await expectExact(fixture, id);
  });

  test('that still touches its debt after the resume does not make it look sent', async () => {
    const { fixture, id } = await runningBackfill();
    await fixture.pause(id);
    await fixture.ledger.changeStatus(id, { from: ['paused'], to: 'running' });
    await fixture.ledger.touchDebt({ backfill: id, range: 'root' });
    const before = fixture.queue.bodies.length;
    await sweep(fixture.context);
    expect(fixture.queue.bodies).toHaveLength(before + 1);
  });
});

describe('a resume', () => {
  test('whose worker crashed before it sent anything is made good by any sweep', async () => {
    const { fixture, id } = await runningBackfill();
    await fixture.workOffOne();
    await fixture.pause(id);
    await fixture.workOff();
    await fixture.ledger.changeStatus(id, { from: ['paused'], to: 'running' });
    await sweep(fixture.context);
    await fixture.workOff();
    await expectExact(fixture, id);
  });

  test('says done, where all was paid while it was paused', async () => {
    const { fixture, id } = await runningBackfill();
    fixture.steps.before('completeIfPaid', async () => {
      const { remaining, openRanges } = (await fixture.backfill(id)).counts;
      if (remaining.objects + openRanges === 0) await fixture.pause(id);
    });
    await fixture.workOff();
    expect(await fixture.backfill(id)).toMatchObject({ status: 'paused', counts: { remaining: { objects: 0 } } });
    await fixture.resume(id);
    await expectExact(fixture, id);
  });

  test('after a pause between claim and send sends again', async () => {
    const { fixture, id } = await runningBackfill();
    await fixture.pause(id);
    await fixture.workOff();
    await fixture.ledger.changeStatus(id, { from: ['paused'], to: 'running' });
    fixture.steps.after('claimSilent', async ({ call }) => void (call === 1 && (await fixture.pause(id))));
    await sweep(fixture.context);
    await fixture.workOff();
    expect(fixture.queue.bodies).toEqual([]);
    await fixture.resume(id);
    await fixture.workOff();
    await expectExact(fixture, id);
  });
});
