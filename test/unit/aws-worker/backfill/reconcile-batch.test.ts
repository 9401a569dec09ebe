import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { reconcileBatch } from '../../../../aws-worker/backfill/reconcile-batch.ts';
import type { Outcome } from '../../../../aws-worker/transfer/outcome.ts';
import type { BatchMessage, BatchObject } from '../../../../shared/messages/message.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { type BackfillFixtureOptions, createBackfillFixture, error, SIGNAL } from './backfill-fixture.ts';

const BATCH = 'batch-1';

/** A backfill that owes one batch of all its objects, k0000 to k0004. */
async function owing(options: BackfillFixtureOptions & { readonly mode?: 'missing' | 'all' } = {}) {
  const fixture = await createBackfillFixture(options);
  fixture.addObjects(5, 10);
  const id = await fixture.start({ mode: options.mode ?? 'missing' });
  const interval = { batch: BATCH, from: '', to: 'k0004' };
  const found = { objects: 5, bytes: 50 };
  const at = { backfill: id, range: 'root' };
  await fixture.ledger.checkpointRange({ ...at, version: 0, cursor: 'k0004', batches: [{ ...interval, found }] });
  await fixture.ledger.closeRange({ ...at, version: 1 });
  const sentBefore = fixture.queue.stored.length;
  const message: BatchMessage = { backfill: id, ...interval };
  const objects: BatchObject[] = fixture.source.keys.map(key => ({ key, size: 10 }));
  return {
    ...fixture,
    id,
    message,
    objects,
    work: (change: Partial<BatchMessage> = {}, signal = SIGNAL) =>
      reconcileBatch(fixture.context, { ...message, objects, ...change }, { signal }),
    sent: () => fixture.queue.stored.slice(sentBefore),
  };
}

describe('a batch is settled', () => {
  test('with every outcome counted, and then the backfill is done', async () => {
    const fixture = await owing();
    const outcomes: readonly Outcome[] = [
      { kind: 'copied', sizeBytes: 10 },
      { kind: 'skipped', sizeBytes: 10 },
      { kind: 'source-missing', sizeBytes: 0 },
      { kind: 'archived', sizeBytes: 10, code: 'source-archived' },
      { kind: 'unverified', sizeBytes: 12, code: 'no-source-checksum' },
    ];
    fixture.answerWith(({ key }) => outcomes[Number(key.slice(1))] ?? { kind: 'copied', sizeBytes: 0 });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    const { counts, status } = await fixture.backfill(fixture.id);
    expect(status).toBe('done');
    expect(counts.found).toEqual({ objects: 5, bytes: 42 });
    expect(counts.remaining).toEqual({ objects: 0, bytes: 0 });
    for (const { kind, sizeBytes } of outcomes)
      expect(counts.byOutcome[kind]).toEqual({ objects: 1, bytes: sizeBytes });
    expect(fixture.outcomes.sort()).toEqual(outcomes.map(outcome => outcome.kind).sort());
  });

  test('by reconciling each key as the backfill asks, and as the lister saw it', async () => {
    const fixture = await owing({ mode: 'all' });
    const seen = [null, 'etag', undefined];
    await fixture.work({
      objects: fixture.objects.map((object, index) => {
        const dest = seen[index];
        return dest === undefined ? object : { ...object, dest };
      }),
    });
    const asked = { mode: 'all', backfill: fixture.id, sizeHintBytes: 10, mayHaveUpload: false };
    expect(fixture.requests).toEqual(
      fixture.objects.map(({ key }) => ({ key, ...asked, isDestinationEmpty: key === 'k0000' })),
    );
  });

  test('with the objects of its interval where the message names fewer than its row counts', async () => {
    const fixture = await owing();
    await fixture.work({ objects: fixture.objects.slice(1, 3) });
    expect(fixture.requests.map(({ key }) => key)).toEqual(fixture.objects.map(({ key }) => key));
    expect((await fixture.backfill(fixture.id)).counts.byOutcome.copied.objects).toBe(5);
  });

  test('once, however often its message comes', async () => {
    const fixture = await owing();
    await fixture.work();
    await fixture.work();
    expect(fixture.requests).toHaveLength(5);
    expect(fixture.outcomes).toHaveLength(5);
    expect((await fixture.backfill(fixture.id)).counts.byOutcome.copied.objects).toBe(5);
  });

  test('once, when two workers have it at the same time; it counts for one of them', async () => {
    const fixture = await owing();
    fixture.answerWith(() => {
      throw error('metadata-too-large', 'permanent');
    });
    await Promise.all([fixture.work(), fixture.work()]);
    expect((await fixture.backfill(fixture.id)).counts.byOutcome.failed.objects).toBe(5);
    expect(fixture.outcomes).toHaveLength(5);
    // Sent before it is known who was first: each is a hint, and twice does no harm.
    expect(fixture.deadLetters.bodies).toHaveLength(10);
  });

  test('with at most so many objects in flight as are allowed', async () => {
    const fixture = await owing({ settings: { maxConcurrentObjects: 2 } });
    let inFlight = 0;
    let most = 0;
    fixture.answerWith(async () => {
      most = Math.max(most, ++inFlight);
      await fixture.clock.settle();
      inFlight -= 1;
      return { kind: 'copied', sizeBytes: 1 };
    });
    await fixture.work();
    expect(most).toBe(2);
  });
});

describe('a message without objects', () => {
  test.each([1, 2, 5, 1000])(
    'stands for the keys of the interval as they are now (pages of %d)',
    async maxPageObjects => {
      const fixture = await owing({ maxPageObjects });
      fixture.source.remove('k0001');
      fixture.source.write('k0002a', { bytes: Buffer.alloc(7) });
      fixture.source.write('k0005', { bytes: Buffer.alloc(1) });
      await reconcileBatch(fixture.context, fixture.message, { signal: SIGNAL });
      expect(fixture.requests.map(request => request.key)).toEqual(['k0000', 'k0002', 'k0002a', 'k0003', 'k0004']);
      const { counts } = await fixture.backfill(fixture.id);
      expect(counts).toMatchObject({ found: { objects: 5, bytes: 47 }, remaining: { objects: 0, bytes: 0 } });
    },
  );

  test('counts what vanished as missing, so that the sum is still what was found', async () => {
    const fixture = await owing();
    for (const key of fixture.source.keys) fixture.source.remove(key);
    await reconcileBatch(fixture.context, fixture.message, { signal: SIGNAL });
    expect((await fixture.backfill(fixture.id)).counts).toMatchObject({
      found: { objects: 5, bytes: 0 },
      byOutcome: { 'source-missing': { objects: 5 } },
    });
  });

  test('is listed by the interval that the ledger has, whatever the message says', async () => {
    const fixture = await owing();
    fixture.source.write('z', { bytes: Buffer.alloc(1) });
    await reconcileBatch(fixture.context, { ...fixture.message, to: 'zz' }, { signal: SIGNAL });
    expect(fixture.requests.map(request => request.key)).not.toContain('z');
  });
});

describe('an object that fails', () => {
  test('for good is counted, listed with its reason, and sent to the dead-letter queue as a plain hint', async () => {
    const fixture = await owing();
    fixture.answerWith(({ key }) => {
      if (key === 'k0003') throw error('metadata-too-large', 'permanent');
      return { kind: 'copied', sizeBytes: 10 };
    });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect((await fixture.backfill(fixture.id)).counts.byOutcome).toMatchObject({
      copied: { objects: 4 },
      failed: { objects: 1, bytes: 10 },
    });
    expect(await fixture.ledger.listFailures({ backfill: fixture.id, after: '', limit: 9 })).toEqual([
      expect.objectContaining({ key: 'k0003', code: 'metadata-too-large', reason: expect.stringContaining('test') }),
    ]);
    expect(fixture.deadLetters.stored).toEqual([
      {
        body: '{"key":"k0003","size":10}',
        attributes: { Code: 'metadata-too-large', Reason: expect.stringContaining('test') },
      },
    ]);
  });

  test('for now is owed, and gets a message of its own; the others are settled', async () => {
    const fixture = await owing();
    fixture.answerWith(({ key }) => {
      if (key === 'k0003') throw error('source-keeps-changing');
      return { kind: 'copied', sizeBytes: 10 };
    });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    const { counts, status } = await fixture.backfill(fixture.id);
    expect(counts).toMatchObject({ remaining: { objects: 1, bytes: 10 }, unpaidBatches: 0, unpaidObjects: 1 });
    expect(status).toBe('running');
    const [owed] = fixture.sent();
    expect(parseMessage(owed?.body ?? '').message).toEqual({
      key: 'k0003',
      size: 10,
      backfill: fixture.id,
      batch: BATCH,
      attempt: 1,
    });
  });

  test('is sent for again by the next receiver, where a crash came between settling and sending', async () => {
    const fixture = await owing();
    fixture.answerWith(({ key }) => {
      if (key === 'k0003') throw error('source-keeps-changing');
      return { kind: 'copied', sizeBytes: 10 };
    });
    fixture.steps.after('settleBatch', ({ call }) => {
      if (call === 1) throw new Error('crash');
    });
    await expect(fixture.work()).rejects.toThrow('crash');
    expect(fixture.sent()).toEqual([]);
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect(fixture.sent()).toHaveLength(1);
    expect(fixture.requests).toHaveLength(5);
  });
});

describe('a key that meets a bug', () => {
  test('is owed as any other, and ends: listed and counted, the others copied, the backfill done', async () => {
    const fixture = await owing();
    fixture.answerWith(({ key }) => {
      if (key === 'k0003') throw new TypeError('a bug');
      return { kind: 'copied', sizeBytes: 10 };
    });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect(fixture.lines('error')).toEqual([expect.stringMatching(/"sourceKey":"k0003".*"TypeError".*a bug/)]);
    // What it may have cut short has landed or died by then.
    expect(fixture.sent().map(({ delaySeconds }) => delaySeconds)).toEqual([180]);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { copied: { objects: 4 }, failed: { objects: 1 } } },
    });
    expect(fixture.deadLetters.stored).toEqual([
      { body: '{"key":"k0003","size":10}', attributes: { Code: 'unforeseen', Reason: expect.stringContaining('bug') } },
    ]);
  });

  test('while the work is stopped is in the log, also where another key left a write in doubt', async () => {
    const fixture = await owing();
    const stop = new AbortController();
    fixture.answerWith(({ key }) => {
      stop.abort(error('worker-stopping', 'cancelled'));
      throw key === 'k0001' ? error('write-in-doubt', 'cancelled') : new TypeError('a bug');
    });
    await expect(fixture.work({}, stop.signal)).rejects.toMatchObject({ code: 'write-in-doubt' });
    expect(fixture.lines('error').join()).toContain('a bug');
  });
});

describe('an interval that cannot be listed', () => {
  test('until somebody mends it pauses the backfill with the reason; resumed, it goes on', async () => {
    const fixture = await owing();
    let isDenied = true;
    fixture.steps.before('list', () => {
      if (isDenied) throw error('source-access-denied', 'permanent');
    });
    const list = () => reconcileBatch(fixture.context, fixture.message, { signal: SIGNAL });
    expect(await list()).toEqual({ kind: 'done' });
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      reason: 'Said by a test: source-access-denied.',
      counts: { remaining: { objects: 5 }, unpaidBatches: 1 },
    });
    isDenied = false;
    await fixture.resume(fixture.id);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { copied: { objects: 5 } } },
    });
  });

  test.each([error('listing-bad-answer'), error('source-credentials', 'permanent')])(
    'for now, or like everything else, is listed again later: $code',
    async failure => {
      const fixture = await owing();
      fixture.steps.before('list', () => {
        throw failure;
      });
      await expect(reconcileBatch(fixture.context, fixture.message, { signal: SIGNAL })).rejects.toBe(failure);
      expect((await fixture.backfill(fixture.id)).status).toBe('running');
    },
  );
});

describe('a failure that would meet every object', () => {
  test.each([error('source-throttled'), error('source-credentials', 'permanent'), error('ledger-busy')])(
    'ends the attempt ($code) where nothing succeeded: nothing is settled, nothing fails, the rest is not begun',
    async failure => {
      const fixture = await owing({ settings: { maxConcurrentObjects: 2 } });
      fixture.answerWith(() => {
        throw failure;
      });
      await expect(fixture.work()).rejects.toBe(failure);
      expect(fixture.requests).toHaveLength(2);
      expect((await fixture.backfill(fixture.id)).counts).toMatchObject({
        remaining: { objects: 5 },
        unpaidBatches: 1,
      });
    },
  );

  test('of one key lets what runs finish; that key and what was not begun become owed', async () => {
    const fixture = await owing({ settings: { maxConcurrentObjects: 2 } });
    fixture.answerWith(async ({ key }) => {
      if (key === 'k0001') throw error('source-unavailable', 'retryable', 77_000);
      await fixture.clock.settle();
      return { kind: 'copied', sizeBytes: 10 };
    });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect(fixture.requests.map(request => request.key)).toEqual(['k0000', 'k0001']);
    expect((await fixture.backfill(fixture.id)).counts).toMatchObject({
      byOutcome: { copied: { objects: 1 }, failed: { objects: 0 } },
      unpaidBatches: 0,
      unpaidObjects: 4,
    });
    const delays = new Map(fixture.sent().map(({ body, delaySeconds }) => [parseMessage(body).message, delaySeconds]));
    expect([...delays.keys()]).toMatchObject(['k0001', 'k0002', 'k0003', 'k0004'].map(key => ({ key })));
    expect([...delays.values()][0]).toBeGreaterThanOrEqual(77);
  });

  test('of keys that meet it for ever ends too: after many waits they become owed', async () => {
    const fixture = await owing();
    fixture.answerWith(() => {
      throw error('source-redirected', 'permanent');
    });
    expect(await fixture.work({ waits: 10_000 })).toEqual({ kind: 'done' });
    expect((await fixture.backfill(fixture.id)).counts).toMatchObject({ unpaidBatches: 0, unpaidObjects: 5 });
  });

  test('of a key in a batch that waited itself out hands the key over with those waits: it fails at its next try', async () => {
    const fixture = await owing({ settings: { maxConcurrentObjects: 1 } });
    fixture.answerWith(({ key }) => {
      if (key === 'k0001') throw error('source-unavailable');
      return { kind: 'copied', sizeBytes: 10 };
    });
    expect(await fixture.work({ waits: 10_000 })).toEqual({ kind: 'done' });
    const waits = fixture.sent().map(({ body }) => {
      const { message } = parseMessage(body);
      return 'waits' in message ? message.waits : undefined;
    });
    // Those that were not begun met nothing yet.
    expect(waits).toEqual([10_000, undefined, undefined, undefined]);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects: 1 }, copied: { objects: 4 } } },
    });
    expect(fixture.requests.filter(({ key }) => key === 'k0001')).toHaveLength(2);
  });

  test.each([
    ['source-unavailable', 30],
    ['source-keeps-changing', 0],
  ])('%s: what becomes owed waits for %i seconds at least', async (code, least) => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => random.mockRestore());
    const fixture = await owing({ settings: { maxConcurrentObjects: 1 } });
    fixture.answerWith(({ key }) => {
      if (key === 'k0001') throw error(code);
      return { kind: 'copied', sizeBytes: 10 };
    });
    await fixture.work();
    const delays = fixture.sent().map(({ delaySeconds }) => delaySeconds);
    expect(delays.length).toBeGreaterThan(0);
    expect(new Set(delays)).toEqual(new Set([least]));
  });

  test('asks for as long a wait as any failure of the batch: a write that nobody knows the end of is waited for', async () => {
    const fixture = await owing({ settings: { maxConcurrentObjects: 3 } });
    fixture.answerWith(({ key }) => {
      if (key === 'k0001') throw error('destination-in-doubt', 'retryable', 180_000);
      throw error(key === 'k0000' ? 'source-throttled' : 'destination-unknown', 'retryable', 20_000);
    });
    const code = 'source-throttled';
    await expect(fixture.work()).rejects.toMatchObject({ kind: 'retryable', code, retryAfterMilliseconds: 180_000 });
  });

  test('an abort is no failure of the objects', async () => {
    const fixture = await owing();
    const stop = new AbortController();
    fixture.answerWith(() => {
      stop.abort(error('worker-stopping', 'cancelled'));
      throw error('worker-stopping', 'cancelled');
    });
    await expect(fixture.work({}, stop.signal)).rejects.toMatchObject({ code: 'worker-stopping' });
    expect((await fixture.backfill(fixture.id)).counts.remaining.objects).toBe(5);
  });
});

describe('denied access', () => {
  async function denied(objects: number, code = 'source-access-denied') {
    const fixture = await createBackfillFixture();
    fixture.addObjects(objects, 10);
    const id = await fixture.start({ mode: 'missing' });
    fixture.answerWith(() => {
      throw error(code, 'permanent');
    });
    return { ...fixture, id };
  }

  test.each(['source-access-denied', 'destination-access-denied'])(
    'to every object of a batch (%s) pauses the backfill; after resume it goes on',
    async code => {
      const fixture = await denied(20, code);
      await fixture.workOffOne();
      await fixture.workOffOne();
      expect(await fixture.backfill(fixture.id)).toMatchObject({
        status: 'paused',
        reason: expect.stringContaining(code),
        counts: { byOutcome: { failed: { objects: 0 } }, remaining: { objects: 20 } },
      });
      expect(fixture.lines('error')).toHaveLength(1);
      expect(fixture.deadLetters.bodies).toEqual([]);
      fixture.answerWith(() => ({ kind: 'copied', sizeBytes: 10 }));
      await fixture.resume(fixture.id);
      await fixture.workOff();
      expect(await fixture.backfill(fixture.id)).toMatchObject({
        status: 'done',
        counts: { byOutcome: { copied: { objects: 20 } } },
      });
    },
  );

  test.each([
    ['to a few', 19, 'source-access-denied'],
    ['and other refusals', 20, 'metadata-too-large'],
  ])('%s fails them alone', async (_, objects, code) => {
    const fixture = await denied(objects, code);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects } } },
    });
  });
});

test('a dead letter is sent before its object is settled: a crash in between loses none', async () => {
  const fixture = await owing();
  fixture.answerWith(() => {
    throw error('metadata-too-large', 'permanent');
  });
  fixture.steps.before('settleBatch', ({ call }) => {
    if (call === 1) throw new Error('crash');
  });
  await expect(fixture.work()).rejects.toThrow('crash');
  expect(fixture.deadLetters.bodies).toHaveLength(5);
});

test.each([
  ['paused', 1],
  ['cancelled', 1],
] as const)(
  'of a backfill that is %s nothing is reconciled: its message is dropped, its debt stays',
  async (status, debts) => {
    const fixture = await owing();
    await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
    expect(await fixture.work()).toEqual({ kind: 'done' });
    expect(fixture.requests).toEqual([]);
    expect((await fixture.backfill(fixture.id)).counts.unpaidBatches).toBe(debts);
  },
);
