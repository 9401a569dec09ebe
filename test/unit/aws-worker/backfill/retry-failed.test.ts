// A person asks for what failed to be tried again: it is owed again, exactly, and worked off as every other debt.

import { describe, expect, test } from 'vitest';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { type BackfillFixture, createBackfillFixture, error } from './backfill-fixture.ts';

const OBJECTS = 4;
const HOUR_MILLISECONDS = 3_600_000;

/** Done: of k0000 to k0003 the odd ones failed. From now on everything is copied. */
async function doneWithFailures(options: { readonly maxUnpaid?: number; readonly objects?: number } = {}) {
  const { maxUnpaid = 1_000, objects = OBJECTS } = options;
  const fixture = await createBackfillFixture({ settings: { maxUnpaid } });
  fixture.addObjects(objects, 10);
  fixture.answerWith(({ key }) => {
    if (Number(key.slice(1)) % 2 === 1) throw error('metadata-too-large', 'permanent');
    return { kind: 'copied', sizeBytes: 10 };
  });
  const id = await fixture.start();
  await fixture.workOff();
  fixture.answerWith(() => ({ kind: 'copied', sizeBytes: 10 }));
  expect(await fixture.backfill(id)).toMatchObject({
    status: 'done',
    counts: { byOutcome: { failed: { objects: objects / 2, bytes: objects * 5 } } },
  });
  return { fixture, id };
}

async function expectAllCopied({ backfill, ledger, queue }: BackfillFixture, id: string, objects = OBJECTS) {
  const { status, counts } = await backfill(id);
  expect({ status, counts }).toMatchObject({
    status: 'done',
    counts: {
      found: { objects, bytes: objects * 10 },
      byOutcome: { copied: { objects, bytes: objects * 10 }, failed: { objects: 0, bytes: 0 } },
      remaining: { objects: 0, bytes: 0 },
    },
  });
  expect(await ledger.listFailures({ backfill: id, after: '', limit: 9 })).toEqual([]);
  expect(queue.bodies).toEqual([]);
}

test('what failed is reconciled again, and only that; the backfill runs and is done again', async () => {
  const { fixture, id } = await doneWithFailures();
  const before = fixture.requests.length;
  expect(await fixture.ledger.retryFailed(id)).toBe(true);
  await sweep(fixture.context);
  await fixture.workOff();
  expect(fixture.requests.slice(before).map(({ key, backfill }) => [key, backfill])).toEqual([
    ['k0001', id],
    ['k0003', id],
  ]);
  await expectAllCopied(fixture, id);
});

test('what fails again is on the list again, once, and its tries begin anew', async () => {
  const { fixture, id } = await doneWithFailures();
  const triesOf = new Map<string, number>();
  fixture.answerWith(({ key }) => {
    triesOf.set(key, (triesOf.get(key) ?? 0) + 1);
    if (key === 'k0001') throw error('source-keeps-changing');
    return { kind: 'copied', sizeBytes: 10 };
  });
  await fixture.ledger.retryFailed(id);
  await sweep(fixture.context);
  await fixture.workOff();
  expect(triesOf.get('k0001')).toBe(fixture.context.settings.maxAttempts);
  expect(await fixture.backfill(id)).toMatchObject({
    status: 'done',
    counts: { byOutcome: { failed: { objects: 1 }, copied: { objects: 3 } } },
  });
  expect(await fixture.ledger.listFailures({ backfill: id, after: '', limit: 9 })).toMatchObject([
    { key: 'k0001', code: 'source-keeps-changing' },
  ]);
});

test('many failures come back a page at a time, and wait while much is unpaid', async () => {
  const objects = 200;
  const { fixture, id } = await doneWithFailures({ objects, maxUnpaid: 5 });
  await fixture.ledger.retryFailed(id);
  await sweep(fixture.context);
  let mostUnpaid = 0;
  await fixture.workOff(async () => {
    const { counts } = await fixture.backfill(id);
    mostUnpaid = Math.max(mostUnpaid, counts.unpaidObjects);
    expect(counts.byOutcome.failed.objects + counts.byOutcome.copied.objects + counts.remaining.objects).toBe(objects);
  });
  await expectAllCopied(fixture, id, objects);
  // A page of 45 on top of what was allowed.
  expect(mostUnpaid).toBeGreaterThan(5);
  expect(mostUnpaid).toBeLessThanOrEqual(50);
}, 15_000);

test('a crash at any call leaves exact counts, and the retry goes on by itself', async () => {
  for (let at = 0; ; at++) {
    const { fixture, id } = await doneWithFailures();
    await fixture.ledger.retryFailed(id);
    let step = 0;
    let where: string | undefined;
    fixture.steps.each(({ operation, phase, call }) => {
      if (step++ !== at) return;
      where = `${phase} call ${call} of ${operation}`;
      throw new Error('crash');
    });
    try {
      for (let hour = 0; hour < 3; hour++) {
        await sweep(fixture.context).catch(() => undefined); // a crash: another sweep comes
        await fixture.workOff();
        await fixture.clock.advance(HOUR_MILLISECONDS + 1);
      }
      await expectAllCopied(fixture, id);
    } catch (cause) {
      throw new Error(`It crashed ${where}.`, { cause });
    }
    if (where !== undefined) continue;
    expect(at).toBeGreaterThan(20);
    return;
  }
});

describe('of a paused backfill', () => {
  test('a retry waits until it is resumed', async () => {
    const { fixture, id } = await doneWithFailures();
    await fixture.ledger.retryFailed(id);
    await sweep(fixture.context);
    await fixture.pause(id);
    await fixture.workOff();
    expect((await fixture.backfill(id)).counts.byOutcome.failed.objects).toBe(2);
    await fixture.resume(id);
    await fixture.workOff();
    await expectAllCopied(fixture, id);
  });

  test('a retry that is paused between its checkpoint and its sends strands nothing', async () => {
    const { fixture, id } = await doneWithFailures();
    await fixture.ledger.retryFailed(id);
    await sweep(fixture.context);
    fixture.steps.after('checkpointRetry', async () => void (await fixture.pause(id)));
    await fixture.workOff();
    expect((await fixture.backfill(id)).counts).toMatchObject({
      byOutcome: { failed: { objects: 0 } },
      remaining: { objects: 2, bytes: 20 },
    });
    await fixture.resume(id);
    await fixture.workOff();
    await expectAllCopied(fixture, id);
  });
});
