import { describe, expect, test } from 'vitest';
import { reconcileOwedObject } from '../../../../aws-worker/backfill/reconcile-owed-object.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { createBackfillFixture, error, SIGNAL } from './backfill-fixture.ts';

const BATCH = 'batch-1';
const KEY = 'k0000';

/** A backfill whose only object is owed. */
async function owing() {
  const fixture = await createBackfillFixture();
  fixture.addObjects(1, 10);
  const id = await fixture.start({ mode: 'all' });
  const batch = { batch: BATCH, from: '', to: KEY, found: { objects: 1, bytes: 10 } };
  await fixture.ledger.checkpointRange({ backfill: id, range: 'root', version: 0, cursor: KEY, batches: [batch] });
  await fixture.ledger.closeRange({ backfill: id, range: 'root', version: 1 });
  await fixture.ledger.settleBatch({ backfill: id, batch: BATCH, settled: [], owed: [{ key: KEY, sizeBytes: 10 }] });
  const work = (attempt?: number, waits?: number) => {
    const counts = { ...(attempt === undefined ? {} : { attempt }), ...(waits === undefined ? {} : { waits }) };
    const message = { key: KEY, size: 10, backfill: id, batch: BATCH, ...counts };
    return reconcileOwedObject(fixture.context, message, { signal: SIGNAL });
  };
  return { ...fixture, id, work };
}

describe('an owed object', () => {
  test('that is copied is counted, and the backfill is done', async () => {
    const fixture = await owing();
    expect(await fixture.work(1)).toEqual({ kind: 'done' });
    expect(fixture.requests).toEqual([
      {
        key: KEY,
        sizeHintBytes: 10,
        mode: 'all',
        backfill: fixture.id,
        mayHaveUpload: true,
        isDestinationEmpty: false,
      },
    ]);
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { copied: { objects: 1, bytes: 10 } } },
    });
  });

  test('that is settled already is not looked at again', async () => {
    const fixture = await owing();
    await fixture.work();
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect(fixture.requests).toHaveLength(1);
    expect(fixture.outcomes).toEqual(['copied']);
  });

  test('that fails waits in the queue, its tries counted in the message', async () => {
    const fixture = await owing();
    fixture.answerWith(() => {
      throw error('source-keeps-changing', 'retryable', 77_000);
    });
    const disposition = await fixture.work(1);
    if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
    expect(parseMessage(disposition.body).message).toMatchObject({
      key: KEY,
      backfill: fixture.id,
      batch: BATCH,
      attempt: 2,
    });
    // Never sooner than the server asked for.
    expect(disposition.delaySeconds).toBeGreaterThanOrEqual(77);
    expect((await fixture.backfill(fixture.id)).counts.remaining.objects).toBe(1);
  });

  test.each([
    ['after its last try', 2, error('source-keeps-changing')],
    ['at once, where trying again will not help', undefined, error('metadata-too-large', 'permanent')],
  ])('fails %s: counted, listed, and for a person to see', async (_, attempt, failure) => {
    const fixture = await owing();
    fixture.answerWith(() => {
      throw failure;
    });
    fixture.steps.before('settleObject', () => expect(fixture.deadLetters.stored).toHaveLength(1));
    expect(await fixture.work(attempt)).toEqual({ kind: 'done' });
    expect(fixture.deadLetters.stored).toEqual([
      { body: '{"key":"k0000","size":10}', attributes: { Code: failure.code, Reason: failure.message } },
    ]);
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects: 1, bytes: 10 } } },
    });
    expect(await fixture.ledger.listFailures({ backfill: fixture.id, after: '', limit: 9 })).toHaveLength(1);
  });

  test('that another worker copied while this one failed stays copied, and nobody is called', async () => {
    const fixture = await owing();
    fixture.answerWith(async () => {
      await fixture.ledger.settleObject(
        { backfill: fixture.id, batch: BATCH },
        { key: KEY, kind: 'copied', sizeBytes: 10 },
      );
      throw error('metadata-too-large', 'permanent');
    });
    expect(await fixture.work(1)).toEqual({ kind: 'done' });
    expect(fixture.deadLetters.bodies).toEqual([]);
    expect((await fixture.backfill(fixture.id)).counts.byOutcome).toMatchObject({
      copied: { objects: 1 },
      failed: { objects: 0 },
    });
  });

  test.each([error('source-throttled'), error('stop', 'cancelled'), error('source-credentials', 'permanent')])(
    'is not blamed for what is not its own: %s',
    async failure => {
      const fixture = await owing();
      fixture.answerWith(() => {
        throw failure;
      });
      await expect(fixture.work(2)).rejects.toBe(failure);
      expect((await fixture.backfill(fixture.id)).counts.remaining.objects).toBe(1);
    },
  );
});

describe('that met a bug', () => {
  test.each([
    [1, { kind: 'replace', delaySeconds: expect.any(Number) }, 0],
    [2, { kind: 'done' }, 1],
  ] as const)('at try %d is counted like any other failure', async (attempt, disposition, failed) => {
    const fixture = await owing();
    fixture.answerWith(() => {
      throw new TypeError('a bug');
    });
    expect(await fixture.work(attempt)).toMatchObject(disposition);
    expect(fixture.lines('error')[0]).toContain('TypeError');
    expect((await fixture.backfill(fixture.id)).counts.byOutcome.failed.objects).toBe(failed);
  });
});

test('that was copied is not blamed for a ledger that cannot record it, however long it had waited', async () => {
  const fixture = await owing();
  fixture.steps.before('settleObject', ({ call }) => {
    if (call === 1) throw error('ledger-busy');
  });
  await expect(fixture.work(1, 10_000)).rejects.toMatchObject({ code: 'ledger-busy' });
  expect(fixture.deadLetters.bodies).toEqual([]);
  expect(await fixture.work(1, 10_000)).toEqual({ kind: 'done' });
  expect((await fixture.backfill(fixture.id)).counts.byOutcome).toMatchObject({
    copied: { objects: 1 },
    failed: { objects: 0 },
  });
});

test('keeps its waits where it fails in another way: both are bounded, each by its own count', async () => {
  const fixture = await owing();
  fixture.answerWith(() => {
    throw error('source-keeps-changing');
  });
  const disposition = await fixture.work(1, 500);
  if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
  expect(parseMessage(disposition.body).message).toMatchObject({ attempt: 2, waits: 500 });
});

test('that alone meets what looks like an outage fails after very many waits', async () => {
  const fixture = await owing();
  fixture.answerWith(() => {
    throw error('source-unavailable');
  });
  await expect(fixture.work(1, 9_999)).rejects.toMatchObject({ code: 'source-unavailable' });
  expect(await fixture.work(1, 10_000)).toEqual({ kind: 'done' });
  expect(await fixture.backfill(fixture.id)).toMatchObject({
    status: 'done',
    counts: { byOutcome: { failed: { objects: 1 } } },
  });
  expect(fixture.deadLetters.bodies).toHaveLength(1);
});

test('of a paused backfill its message is dropped, and its debt stays', async () => {
  const fixture = await owing();
  await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: 'paused' });
  expect(await fixture.work()).toEqual({ kind: 'done' });
  expect(fixture.requests).toEqual([]);
  expect((await fixture.backfill(fixture.id)).counts.unpaidObjects).toBe(1);
});
