// Work that is under way when its backfill is paused or cancelled: it stops within seconds, and nothing is counted twice or missed.

import { describe, expect, test } from 'vitest';
import type { SourceListing } from '../../../../aws-worker/backfill/source-listing.ts';
import type { Outcome } from '../../../../aws-worker/transfer/outcome.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile.ts';
import { cancelledBy } from '../../../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';
import { createBackfillFixture, error, received, SIGNAL } from './backfill-fixture.ts';

const LARGE = 6 * MEBIBYTE;
const WITHIN_MILLISECONDS = 2_000;

/** The object that `hangs` names is copied until it is stopped; the others at once. */
async function copying({ objects, sizeBytes, hangs }: { objects: number; sizeBytes: number; hangs: string }) {
  const fixture = await createBackfillFixture({ settings: { maxBatchBytes: LARGE, maxConcurrentObjects: 2 } });
  fixture.addObjects(objects, sizeBytes);
  const copied: string[] = [];
  const answer = ({ key }: ReconcileRequest): Outcome => {
    copied.push(key);
    return { kind: 'copied', sizeBytes };
  };
  const hangUntilStopped = (ending: (signal: AbortSignal) => Error) => {
    fixture.answerWith(async (request, signal) => {
      if (request.key !== hangs) return answer(request);
      await fixture.clock.wait(24 * 3_600_000, signal).catch(() => undefined);
      throw ending(signal);
    });
  };
  hangUntilStopped(cancelledBy);
  const id = await fixture.start();
  await fixture.workOffOne();
  return {
    ...fixture,
    id,
    copied,
    hangUntilStopped,
    /** Nothing hangs any more. */
    goOn: () => fixture.answerWith(answer),
    /** Receives the next message, and begins to work on it. */
    async handleNext() {
      const options = { maxMessages: 1, waitSeconds: 0, visibilityTimeoutSeconds: 300, signal: SIGNAL };
      const [message] = await fixture.queue.receive(options);
      if (message === undefined) throw new Error('There is no message.');
      return { message, disposition: fixture.handle(message, { signal: SIGNAL }) };
    },
  };
}

describe('a batch under way', () => {
  test('of a backfill that is paused stops; resumed, its objects count once', async () => {
    const fixture = await copying({ objects: 5, sizeBytes: 10, hangs: 'k0002' });
    const { message, disposition } = await fixture.handleNext();
    await fixture.clock.advance(10_000);
    await fixture.pause(fixture.id);
    await fixture.clock.advance(WITHIN_MILLISECONDS);
    expect(await disposition).toEqual({ kind: 'done' });
    await fixture.queue.delete([message.receiptHandle]);
    expect(fixture.copied).toContain('k0000');
    expect(fixture.outcomes).toEqual([]);
    expect((await fixture.backfill(fixture.id)).counts).toMatchObject({
      byOutcome: { copied: { objects: 0 } },
      remaining: { objects: 5 },
    });
    fixture.goOn();
    await fixture.resume(fixture.id);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { found: { objects: 5 }, byOutcome: { copied: { objects: 5 } } },
    });
    expect(fixture.abandoned).toEqual([]);
  });

  test('of a backfill that is cancelled stops and ends the upload that it began', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: LARGE, hangs: 'k0000' });
    const { disposition } = await fixture.handleNext();
    await fixture.clock.advance(10_000);
    await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: 'cancelled' });
    await fixture.clock.advance(WITHIN_MILLISECONDS);
    expect(await disposition).toEqual({ kind: 'done' });
    expect(fixture.abandoned).toEqual(['k0000']);
    expect((await fixture.backfill(fixture.id)).counts.remaining.objects).toBe(1);
  });

  test('that is done with its objects when it is paused is counted', async () => {
    const fixture = await copying({ objects: 3, sizeBytes: 10, hangs: 'none' });
    fixture.steps.before('settleBatch', async () => {
      await fixture.pause(fixture.id);
      await fixture.clock.advance(WITHIN_MILLISECONDS);
    });
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      counts: { byOutcome: { copied: { objects: 3 } } },
    });
    await fixture.resume(fixture.id);
    expect((await fixture.backfill(fixture.id)).status).toBe('done');
  });

  test.each(['paused', 'cancelled'] as const)(
    'that had sent a write when it was %s has that key looked at when the write has landed or died',
    async status => {
      const fixture = await copying({ objects: 3, sizeBytes: 10, hangs: 'k0001' });
      fixture.hangUntilStopped(() => error('write-in-doubt', 'cancelled'));
      const { message, disposition } = await fixture.handleNext();
      await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
      await fixture.clock.advance(WITHIN_MILLISECONDS);
      expect(await disposition).toEqual({ kind: 'done' });
      await fixture.queue.delete([message.receiptHandle]);
      expect(fixture.queue.stored).toEqual([{ body: '{"key":"k0001"}', delaySeconds: 180 }]);
    },
  );

  test('whose receipt is lost as well is handled for that', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'k0000' });
    fixture.hangUntilStopped(() => error('write-in-doubt', 'cancelled'));
    const [body = ''] = fixture.queue.bodies;
    const lost = new AbortController();
    const disposition = fixture.handle(received(body), { signal: lost.signal });
    await fixture.clock.settle();
    await fixture.pause(fixture.id);
    lost.abort(error('receipt-lost', 'cancelled'));
    expect(await disposition).toMatchObject({ kind: 'replace', delaySeconds: 180 });
  });
});

describe('an owed object under way', () => {
  test.each([
    ['paused', []],
    ['cancelled', ['k0000']],
  ] as const)('of a backfill that is %s stops, and %j is abandoned', async (status, abandoned) => {
    const fixture = await copying({ objects: 1, sizeBytes: LARGE, hangs: 'k0000' });
    const [batch] = fixture.queue.bodies.map(body => JSON.parse(body).batch as string);
    if (batch === undefined) throw new Error('There is no batch.');
    const owed = [{ key: 'k0000', sizeBytes: LARGE }];
    await fixture.ledger.settleBatch({ backfill: fixture.id, batch, settled: [], owed });
    const body = JSON.stringify({ key: 'k0000', size: LARGE, backfill: fixture.id, batch, attempt: 1 });
    const disposition = fixture.handle(received(body), { signal: SIGNAL });
    await fixture.clock.advance(60_000);
    await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
    await fixture.clock.advance(WITHIN_MILLISECONDS);
    expect(await disposition).toEqual({ kind: 'done' });
    expect(fixture.abandoned).toEqual(abandoned);
    expect((await fixture.backfill(fixture.id)).counts).toMatchObject({
      unpaidObjects: 1,
      byOutcome: { failed: { objects: 0 } },
    });
  });
});

test('a listing that hangs stops as well, and its range stays', async () => {
  const clock = createVirtualClock();
  const listing: SourceListing = {
    list: async ({ signal }) => {
      await clock.wait(3_600_000, signal);
      return { objects: [], isTruncated: false };
    },
  };
  const fixture = await createBackfillFixture({ listing });
  const id = await fixture.start();
  const [body = ''] = fixture.queue.bodies;
  const disposition = fixture.handle(received(body), { signal: SIGNAL });
  await fixture.clock.advance(10_000);
  await fixture.pause(id);
  await fixture.clock.advance(WITHIN_MILLISECONDS);
  expect(await disposition).toEqual({ kind: 'done' });
  expect((await fixture.backfill(id)).counts.openRanges).toBe(1);
});
