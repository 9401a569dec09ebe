// When a range leaves its slot before it is listed to its end: too much is unpaid, it has had its turn, or the worker shuts down.

import { describe, expect, test } from 'vitest';
import { listRange } from '../../../../aws-worker/backfill/list-range.ts';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { SIGNAL } from './backfill-fixture.ts';
import { ROOT, sentBatches, startedRange } from './list-range-fixture.ts';

describe('listing waits', () => {
  test('while too much is unpaid', async () => {
    const fixture = await startedRange(10, { maxPageObjects: 2, settings: { maxUnpaid: 3 } });
    const stopped = new AbortController();
    fixture.steps.after('unpaid', ({ call }) => {
      // The fourth page may not be listed: three batches are unpaid.
      if (call === 4) stopped.abort();
    });
    await expect(fixture.list(stopped.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    expect((await fixture.backfill(fixture.id)).counts.unpaidBatches).toBe(3);
  });

  test('only as long as it must', async () => {
    const fixture = await startedRange(2, { maxPageObjects: 1, settings: { maxUnpaid: 1 } });
    fixture.steps.after('unpaid', async ({ call }) => {
      if (call !== 2) return;
      const [batch] = sentBatches(fixture);
      if (batch === undefined) throw new Error('no batch was sent');
      const settled = [{ key: 'k0000', kind: 'copied', sizeBytes: 1 }] as const;
      await fixture.ledger.settleBatch({ backfill: fixture.id, batch: batch.batch, settled, owed: [] });
    });
    expect(await fixture.list()).toEqual({ kind: 'replace', body: fixture.body, delaySeconds: 10 });
    expect(sentBatches(fixture)).toHaveLength(2);
  });

  test('in the queue, where it takes longer: nothing is sent twice meanwhile', async () => {
    const fixture = await startedRange(10, { maxPageObjects: 5, settings: { maxUnpaid: 1 } });
    for (let delivery = 0; delivery < 3; delivery++) {
      expect(await fixture.list()).toEqual({ kind: 'replace', body: fixture.body, delaySeconds: 10 });
    }
    expect(sentBatches(fixture)).toEqual([expect.objectContaining({ objects: expect.any(Array) })]);
  });

  test('and is not silent: no sweep sends a second message, however long it waits', async () => {
    const fixture = await startedRange(2, { maxPageObjects: 1, settings: { maxUnpaid: 1 } });
    for (let quarter = 0; quarter < 8; quarter++) {
      await fixture.list();
      await fixture.clock.advance(900_000);
      await sweep(fixture.context);
    }
    expect(fixture.queue.bodies.filter(body => body === fixture.body)).toHaveLength(1);
  });
});

describe('a long listing hands itself over', () => {
  test.each([
    ['after many pages', 51, 0, 50],
    ['after a minute', 6, 20_000, 3],
  ])('%s, and goes on where it was', async (_, objects, pageMilliseconds, pages) => {
    const fixture = await startedRange(objects, { maxPageObjects: 1 });
    fixture.steps.after('list', ({ call }) => fixture.clock.advance(call <= pages ? pageMilliseconds : 0));
    expect(await fixture.list()).toEqual({ kind: 'replace', body: fixture.body, delaySeconds: 0 });
    expect(fixture.steps.countOf('list')).toBe(pages);
    expect(await fixture.list()).toEqual({ kind: 'done' });
    expect(sentBatches(fixture).map(batch => batch.objects?.map(object => object.key))).toEqual(
      fixture.source.keys.map(key => [key]),
    );
  });

  test('after the page at hand, when the worker shuts down', async () => {
    const fixture = await startedRange(4, { maxPageObjects: 1 });
    const context = { ...fixture.context, isDraining: () => fixture.steps.countOf('list') >= 2 };
    const options = { body: fixture.body, signal: SIGNAL };
    expect(await listRange(context, { backfill: fixture.id, range: ROOT }, options)).toEqual({
      kind: 'replace',
      body: fixture.body,
      delaySeconds: 0,
    });
    expect(fixture.steps.countOf('list')).toBe(2);
    expect(sentBatches(fixture)).toHaveLength(2);
  });
});
