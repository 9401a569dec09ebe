import { describe, expect, test } from 'vitest';
import { listRange } from '../../../../aws-worker/backfill/list-range.ts';
import { createBackfillFixture, error, SIGNAL } from './backfill-fixture.ts';
import { ROOT, sentBatches, startedRange } from './list-range-fixture.ts';

describe('a range is listed to its end', () => {
  test('in batches that name each key once and together cover everything', async () => {
    const fixture = await startedRange(205, { maxPageObjects: 100 });
    expect(await fixture.list()).toEqual({ kind: 'done' });
    const batches = sentBatches(fixture);
    expect(batches.map(batch => batch.objects?.length)).toEqual([90, 10, 90, 10, 5]);
    expect(batches.flatMap(batch => batch.objects?.map(object => object.key))).toEqual(fixture.source.keys);
    expect(batches.map(batch => batch.from)).toEqual(['', ...batches.slice(0, -1).map(batch => batch.to)]);
    const { counts, status } = await fixture.backfill(fixture.id);
    expect(counts).toMatchObject({
      found: { objects: 205 },
      remaining: { objects: 205 },
      openRanges: 0,
      unpaidBatches: 5,
    });
    expect(status).toBe('running');
  });

  test('by its prefix only', async () => {
    const fixture = await startedRange(30, {}, 'k001');
    await fixture.list();
    expect(sentBatches(fixture).flatMap(batch => batch.objects?.map(object => object.key))).toHaveLength(10);
  });

  test('and is done at once where there is nothing', async () => {
    const fixture = await startedRange(0);
    expect(await fixture.list()).toEqual({ kind: 'done' });
    expect(await fixture.backfill(fixture.id)).toMatchObject({ status: 'done', counts: { found: { objects: 0 } } });
  });

  test('keys beyond the Basic Multilingual Plane come in the order of both clouds', async () => {
    const fixture = await startedRange(0, { maxPageObjects: 1 });
    for (const key of ['😀', '～', 'a']) fixture.source.write(key, { bytes: Buffer.alloc(1) });
    await fixture.list();
    expect(sentBatches(fixture).flatMap(batch => batch.objects?.map(object => object.key))).toEqual(['a', '～', '😀']);
  });

  test('also by two workers at once: no key is counted twice', async () => {
    const fixture = await startedRange(100, { maxPageObjects: 10 });
    expect(await Promise.all([fixture.list(), fixture.list()])).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    const { counts } = await fixture.backfill(fixture.id);
    expect(counts).toMatchObject({ found: { objects: 100 }, unpaidBatches: 10 });
    expect(new Set(sentBatches(fixture).map(batch => batch.batch)).size).toBe(10);
  });
});

test('the message of a range that is listed already is done, and says so of its backfill', async () => {
  const fixture = await startedRange(0);
  await fixture.list();
  expect(await fixture.list()).toEqual({ kind: 'done' });
});

describe('a crash', () => {
  test('after the checkpoint, before the sends: whoever is next sends them first, without objects', async () => {
    const fixture = await startedRange(3);
    fixture.steps.after('checkpointRange', ({ call }) => {
      if (call === 1) throw error('ledger-busy');
    });
    await expect(fixture.list()).rejects.toMatchObject({ code: 'ledger-busy' });
    expect(sentBatches(fixture)).toEqual([]);
    await fixture.list();
    expect(sentBatches(fixture)).toEqual([expect.objectContaining({ from: '', to: 'k0002' })]);
    expect(sentBatches(fixture)[0]).not.toHaveProperty('objects');
  });

  test('between the sends repeats them: each batch has the name that it had', async () => {
    const fixture = await startedRange(3);
    let isFirst = true;
    fixture.steps.after('send', () => {
      if (!isFirst || sentBatches(fixture).length === 0) return;
      isFirst = false;
      throw error('queue-unavailable');
    });
    await expect(fixture.list()).rejects.toMatchObject({ code: 'queue-unavailable' });
    await fixture.list();
    const names = sentBatches(fixture).map(batch => batch.batch);
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(1);
  });
});

test('a page whose sends could not be marked repeats them; whose sends were, does not', async () => {
  const fixture = await startedRange(3);
  fixture.steps.before('markSent', ({ call }) => {
    if (call === 1) throw error('ledger-busy');
  });
  await expect(fixture.list()).rejects.toMatchObject({ code: 'ledger-busy' });
  fixture.steps.before('list', ({ call }) => {
    if (call > 1 && call < 4) throw error('source-unreachable');
  });
  for (let delivery = 0; delivery < 2; delivery++) {
    await expect(fixture.list()).rejects.toMatchObject({ code: 'source-unreachable' });
  }
  expect(sentBatches(fixture)).toHaveLength(2);
});

describe('an error that no repetition mends', () => {
  test('pauses the backfill and says why; resumed, it goes on from its checkpoint', async () => {
    const fixture = await startedRange(4, { maxPageObjects: 2 });
    let isBroken = true;
    fixture.steps.before('list', ({ call }) => {
      if (isBroken && call > 1) throw error('listing-unordered', 'permanent');
    });
    const dropped = { kind: 'done' };
    expect(await fixture.list()).toEqual(dropped);
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      reason: expect.stringContaining('listing-unordered'),
    });
    expect(fixture.lines('error')).toEqual([expect.stringContaining(fixture.id)]);
    expect(await fixture.list()).toEqual(dropped);
    expect(fixture.steps.countOf('list')).toBe(2);
    isBroken = false;
    await fixture.ledger.changeStatus(fixture.id, { from: ['paused'], to: 'running' });
    expect(await fixture.list()).toEqual({ kind: 'done' });
    expect((await fixture.backfill(fixture.id)).counts.found.objects).toBe(4);
  });

  test('does not bring a cancelled backfill back', async () => {
    const fixture = await startedRange(1);
    fixture.steps.before('list', async () => {
      await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: 'cancelled' });
      throw error('source-access-denied', 'permanent');
    });
    await fixture.list();
    expect((await fixture.backfill(fixture.id)).status).toBe('cancelled');
    expect(fixture.lines('error')).toEqual([]);
  });

  test.each([
    ['source-credentials', 'permanent'],
    ['listing-bad-answer', 'retryable'],
  ] as const)('is not %s: its message waits, the backfill runs', async (code, kind) => {
    const fixture = await startedRange(1);
    fixture.steps.before('list', () => {
      throw error(code, kind);
    });
    await expect(fixture.list()).rejects.toMatchObject({ code });
    expect((await fixture.backfill(fixture.id)).status).toBe('running');
  });
});

test('a page of large objects is checkpointed in several transactions, none of more than 90 batches', async () => {
  const fixture = await startedRange(200, { settings: { maxBatchBytes: 1 } });
  const made: number[] = [];
  let before = 0;
  fixture.steps.after('checkpointRange', async () => {
    const { unpaidBatches } = (await fixture.backfill(fixture.id)).counts;
    made.push(unpaidBatches - before);
    before = unpaidBatches;
  });
  expect(await fixture.list()).toEqual({ kind: 'done' });
  expect(made).toEqual([90, 90, 20]);
  expect(sentBatches(fixture).flatMap(({ objects = [] }) => objects.map(({ key }) => key))).toEqual(
    fixture.source.keys,
  );
});

describe('the state of the backfill decides', () => {
  test.each([['paused'], ['cancelled']] as const)(
    '%s: nothing is listed, the message is dropped, the range stays',
    async status => {
      const fixture = await startedRange(3);
      await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: status });
      expect(await fixture.list()).toEqual({ kind: 'done' });
      expect(fixture.steps.countOf('list')).toBe(0);
      expect((await fixture.backfill(fixture.id)).counts.openRanges).toBe(1);
    },
  );

  test('a backfill that the ledger does not know is for a person to see', async () => {
    const fixture = await createBackfillFixture();
    const options = { body: '{}', signal: SIGNAL };
    expect(await listRange(fixture.context, { backfill: 'b9', range: ROOT }, options)).toMatchObject({
      kind: 'dead-letter',
      code: 'backfill-unknown',
      reason: expect.stringContaining('LEDGER_URL'),
    });
  });

  test('paused in the middle, it stops after the page', async () => {
    const fixture = await startedRange(10, { maxPageObjects: 2 });
    fixture.steps.after('checkpointRange', async ({ call }) => {
      if (call === 2) await fixture.ledger.changeStatus(fixture.id, { from: ['running'], to: 'paused' });
    });
    expect(await fixture.list()).toEqual({ kind: 'done' });
    expect(fixture.steps.countOf('list')).toBe(2);
  });
});

test('an answer that is empty and promises more is not believed, or listing would never end', async () => {
  const fixture = await startedRange(1);
  const listing = { list: async () => ({ objects: [], isTruncated: true }) };
  const options = { body: fixture.body, signal: SIGNAL };
  const context = { ...fixture.context, listing };
  await expect(listRange(context, { backfill: fixture.id, range: ROOT }, options)).rejects.toMatchObject({
    code: 'listing-bad-answer',
  });
  expect((await fixture.backfill(fixture.id)).counts.openRanges).toBe(1);
});
