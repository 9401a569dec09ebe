// Work that is under way when its backfill is paused or cancelled: it stops within seconds, and nothing is counted twice or missed.

import { describe, expect, test } from 'vitest';
import type { SourceListing } from '../../../../aws-worker/backfill/source-listing.ts';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import type { Outcome } from '../../../../aws-worker/transfer/outcome.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile-request.ts';
import { cancelledBy } from '../../../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { workedOnBefore } from '../../../../shared/messages/worked-on-before.ts';
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

  const LOOK = { body: '{"key":"k0000"}', delaySeconds: 180 };

  test.each(['paused', 'cancelled', 'running'] as const)(
    'that had sent a write when the worker stopped, of a backfill that is %s, has that key looked at: others may have paid the debt',
    async status => {
      const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'k0000' });
      fixture.hangUntilStopped(() => error('write-in-doubt', 'cancelled'));
      const [body = ''] = fixture.queue.bodies;
      const stop = new AbortController();
      const disposition = fixture.handle(received(body), { signal: stop.signal });
      await fixture.clock.settle();
      if (status !== 'running') await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
      stop.abort(error('worker-stopping', 'cancelled'));
      expect(await disposition).toEqual({ kind: 'replace', body: workedOnBefore(body), delaySeconds: 180 });
      expect(fixture.queue.stored.filter(sent => sent.body.startsWith('{"key"'))).toEqual([LOOK]);
    },
  );

  test('keeps the copy of its message where the look cannot be asked for', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'k0000' });
    fixture.hangUntilStopped(() => error('write-in-doubt', 'cancelled'));
    const [body = ''] = fixture.queue.bodies;
    const stop = new AbortController();
    const disposition = fixture.handle(received(body), { signal: stop.signal });
    await fixture.clock.settle();
    fixture.steps.before('send', () => {
      throw error('queue-unavailable');
    });
    stop.abort(error('worker-stopping', 'cancelled'));
    expect(await disposition).toEqual({ kind: 'replace', body: workedOnBefore(body), delaySeconds: 180 });
    expect(fixture.lines('error')).toHaveLength(1);
  });
});

describe('a message that comes again because a worker died', () => {
  const again = (body: string) => ({ ...received(body), receiveCount: 2 });
  const looksAt = (fixture: Awaited<ReturnType<typeof copying>>) =>
    fixture.queue.stored.filter(sent => sent.body.startsWith('{"key"') && !sent.body.includes('backfill'));

  test.each([
    ['with its objects', 'running'],
    ['without them', 'running'],
    ['with its objects', 'done'],
    ['without them', 'done'],
  ] as const)(
    'of a batch that was paid meanwhile, %s, of a backfill that is %s, has its keys looked at: a write of the dead may have come later',
    async (how, status) => {
      const fixture = await copying({ objects: 2, sizeBytes: 10, hangs: 'none' });
      const [body = ''] = fixture.queue.bodies;
      expect(await fixture.handle(received(body), { signal: SIGNAL })).toEqual({ kind: 'done' });
      expect(looksAt(fixture)).toEqual([]);
      await fixture.ledger.changeStatus(fixture.id, { from: ['done'], to: status });
      const { objects: _, ...bare } = JSON.parse(body);
      const twin = how === 'without them' ? JSON.stringify(bare) : body;
      expect(await fixture.handle(again(twin), { signal: SIGNAL })).toEqual({ kind: 'done' });
      const looks = ['k0000', 'k0001'].map(key => ({ body: `{"key":"${key}"}`, delaySeconds: 0 }));
      expect(looksAt(fixture)).toEqual(looks);
    },
  );

  test.each([
    ['paused', 'does nothing: whoever pays it looks at its keys', []],
    ['cancelled', 'has its keys looked at: nobody pays it', ['k0000', 'k0001']],
  ] as const)('of a batch that is owed by a backfill that is %s %s', async (status, _, keys) => {
    const fixture = await copying({ objects: 2, sizeBytes: 10, hangs: 'none' });
    const [body = ''] = fixture.queue.bodies;
    await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
    expect(await fixture.handle(again(body), { signal: SIGNAL })).toEqual({ kind: 'done' });
    expect(looksAt(fixture)).toEqual(keys.map(key => ({ body: `{"key":"${key}"}`, delaySeconds: 0 })));
  });

  test('is remembered as such when trouble puts it back, and its keys are looked at then', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'none' });
    const [body = ''] = fixture.queue.bodies;
    await fixture.handle(received(body), { signal: SIGNAL });
    let isBusy = true;
    fixture.steps.before('findBackfillRow', () => {
      if (isBusy) throw error('ledger-busy');
    });
    const disposition = await fixture.handle(again(body), { signal: SIGNAL });
    isBusy = false;
    if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
    expect(await fixture.handle(received(disposition.body), { signal: SIGNAL })).toEqual({ kind: 'done' });
    expect(looksAt(fixture)).toEqual([{ body: '{"key":"k0000"}', delaySeconds: 0 }]);
  });

  test('of an owed object that waited for a write in doubt, and was paid meanwhile, has its key looked at', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'none' });
    const owed = { key: 'k0000', size: 10, backfill: fixture.id, batch: 'paid', attempt: 1 };
    expect(await fixture.handle(received(JSON.stringify(owed)), { signal: SIGNAL })).toEqual({ kind: 'done' });
    expect(looksAt(fixture)).toEqual([{ body: '{"key":"k0000"}', delaySeconds: 0 }]);
  });

  test('of an owed object that was paid meanwhile has its key looked at', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: 10, hangs: 'none' });
    const owed = { key: 'k0000', size: 10, backfill: fixture.id, batch: 'paid' };
    expect(await fixture.handle(again(JSON.stringify(owed)), { signal: SIGNAL })).toEqual({ kind: 'done' });
    expect(looksAt(fixture)).toEqual([{ body: '{"key":"k0000"}', delaySeconds: 0 }]);
  });
});

/** A sweep every hour: after so long a debt is silent here. The message in hand stays the only one. */
async function passHours({ clock, context, queue }: Awaited<ReturnType<typeof copying>>, hours: number) {
  for (let hour = 0; hour < hours; hour++) {
    await clock.advance(3_600_000 + 1);
    await sweep(context);
    expect(queue.bodies.filter(body => body.includes('"batch"'))).toHaveLength(1);
  }
}

describe('work that takes hours', () => {
  test('on a batch is not begun by another worker: its debt is not silent', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: LARGE, hangs: 'k0000' });
    const { disposition } = await fixture.handleNext();
    await passHours(fixture, 5);
    await fixture.pause(fixture.id);
    await fixture.clock.advance(WITHIN_MILLISECONDS);
    await disposition;
  });

  test('on an owed object neither', async () => {
    const fixture = await copying({ objects: 1, sizeBytes: LARGE, hangs: 'k0000' });
    const [batch = ''] = fixture.queue.bodies.map(body => JSON.parse(body).batch as string);
    const { message } = await fixture.handleNext();
    await fixture.ledger.settleBatch({
      backfill: fixture.id,
      batch,
      settled: [],
      owed: [{ key: 'k0000', sizeBytes: LARGE }],
    });
    const body = JSON.stringify({ key: 'k0000', size: LARGE, backfill: fixture.id, batch, attempt: 1 });
    await fixture.queue.delete([message.receiptHandle]);
    await fixture.queue.send([{ body }]);
    const { disposition } = await fixture.handleNext();
    await passHours(fixture, 5);
    await fixture.pause(fixture.id);
    await fixture.clock.advance(WITHIN_MILLISECONDS);
    await disposition;
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
