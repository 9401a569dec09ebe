// Work that is given up ends the upload that it may have begun; work that goes on keeps it.

import { describe, expect, test } from 'vitest';
import { reconcileBatch } from '../../../../aws-worker/backfill/reconcile-batch.ts';
import { reconcileOwedObject } from '../../../../aws-worker/backfill/reconcile-owed-object.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createBackfillFixture, error, SIGNAL } from './backfill-fixture.ts';

const OPTIONS = { signal: SIGNAL };

async function owing(failure: Error) {
  const fixture = await createBackfillFixture();
  fixture.answerWith(() => {
    throw failure;
  });
  const id = await fixture.start();
  const batch = { batch: 'x', from: '', to: 'a', found: { objects: 1, bytes: 10 } };
  await fixture.ledger.checkpointRange({ backfill: id, range: 'root', version: 0, cursor: 'a', batches: [batch] });
  return { ...fixture, id };
}

describe('an owed object', () => {
  test.each([
    ['a large one', { size: 6 * MEBIBYTE }, ['a']],
    ['one of unknown size', {}, ['a']],
    ['a small one has none', { size: 10 }, []],
  ])('of a cancelled backfill is given up: %s', async (_, size, expected) => {
    const { context, ledger, id, abandoned, abandonedFor } = await owing(error('source-bad-answer'));
    await ledger.changeStatus(id, { from: ['running'], to: 'cancelled' });
    await reconcileOwedObject(context, { key: 'a', ...size, backfill: id, batch: 'x' }, OPTIONS);
    expect(abandoned).toEqual(expected);
    expect([...abandonedFor]).toEqual(expected.map(() => id));
  });

  test.each([
    ['that failed for the last time is given up', 2, ['a']],
    ['that is tried again keeps its parts', 1, []],
  ])('%s', async (_, attempt, expected) => {
    const { context, ledger, id, abandoned, abandonedFor } = await owing(error('source-bad-answer'));
    await ledger.settleBatch({ backfill: id, batch: 'x', settled: [], owed: [{ key: 'a', sizeBytes: 10 }] });
    await reconcileOwedObject(context, { key: 'a', size: 10, backfill: id, batch: 'x', attempt }, OPTIONS);
    expect(abandoned).toEqual(expected);
    expect([...abandonedFor]).toEqual(expected.map(() => id));
  });
});

const LARGE = 5 * MEBIBYTE + 1;
const OBJECTS = [
  { key: 'a', size: LARGE },
  { key: 'b', size: 10 },
  { key: 'c', size: LARGE },
];

describe('a batch with large objects', () => {
  test.each([
    ['cancelled', ['a', 'c']],
    ['paused', []],
  ] as const)('of a backfill that is %s abandons %j', async (status, expected) => {
    const { context, ledger, id, abandoned, abandonedFor } = await owing(error('source-bad-answer'));
    await ledger.changeStatus(id, { from: ['running'], to: status });
    const message = { backfill: id, batch: 'x', from: '', to: 'a', objects: OBJECTS };
    await reconcileBatch(context, message, OPTIONS);
    expect(abandoned).toEqual(expected);
    expect([...abandonedFor]).toEqual(expected.length > 0 ? [id] : []);
  });

  test('of a cancelled backfill abandons them also where its message names none', async () => {
    const { context, ledger, source, id, abandoned } = await owing(error('source-bad-answer'));
    source.write('a', { bytes: Buffer.alloc(LARGE) });
    await ledger.changeStatus(id, { from: ['running'], to: 'cancelled' });
    await reconcileBatch(context, { backfill: id, batch: 'x', from: '', to: 'a' }, OPTIONS);
    expect(abandoned).toEqual(['a']);
  });

  test('of a cancelled backfill whose source cannot be listed is dropped all the same', async () => {
    const { context, ledger, steps, lines, id, abandoned } = await owing(error('source-bad-answer'));
    steps.before('list', () => {
      throw error('source-access-denied', 'permanent');
    });
    await ledger.changeStatus(id, { from: ['running'], to: 'cancelled' });
    const message = { backfill: id, batch: 'x', from: '', to: 'a' };
    expect(await reconcileBatch(context, message, OPTIONS)).toEqual({ kind: 'done' });
    expect(abandoned).toEqual([]);
    expect(lines('warn')).toHaveLength(1);
  });

  test('that comes late, when the backfill is done, ends no upload: it may be of newer work', async () => {
    const { context, ledger, id, abandoned } = await owing(error('source-bad-answer'));
    await ledger.closeRange({ backfill: id, range: 'root', version: 1 });
    const settled = [{ key: 'a', kind: 'copied', sizeBytes: LARGE }] as const;
    await ledger.settleBatch({ backfill: id, batch: 'x', settled, owed: [] });
    expect(await ledger.completeIfPaid(id)).toBe(true);
    await reconcileBatch(context, { backfill: id, batch: 'x', from: '', to: 'a', objects: OBJECTS }, OPTIONS);
    await reconcileOwedObject(context, { key: 'a', size: LARGE, backfill: id, batch: 'x' }, OPTIONS);
    expect(abandoned).toEqual([]);
  });
});
