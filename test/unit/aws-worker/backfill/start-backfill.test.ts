import { describe, expect, test } from 'vitest';
import { startBackfill } from '../../../../aws-worker/backfill/start-backfill.ts';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { createBackfillFixture, error } from './backfill-fixture.ts';

describe('starting a backfill', () => {
  test('answers at once, and the work is one message', async () => {
    const fixture = await createBackfillFixture({ settings: { sourcePrefix: 'in/' } });
    const { backfill, isNew } = await startBackfill(fixture.context, {});
    expect(isNew).toBe(true);
    expect(backfill).toMatchObject({ status: 'running', request: { prefix: 'in/', mode: 'missing' } });
    expect(fixture.queue.bodies).toEqual([`{"backfill":"${backfill.id}","range":"root"}`]);
    expect(fixture.steps.countOf('list')).toBe(0);
  });

  test('twice with the same request is one backfill and one message, unless it is forced', async () => {
    const fixture = await createBackfillFixture();
    const first = await startBackfill(fixture.context, { mode: 'all' });
    const second = await startBackfill(fixture.context, { mode: 'all' });
    expect(second).toMatchObject({ isNew: false, backfill: { id: first.backfill.id } });
    // Nobody can tell whether the first one's message was sent.
    expect(new Set(fixture.queue.bodies).size).toBe(1);
    const forced = await startBackfill(fixture.context, { mode: 'all', force: true });
    expect(forced.isNew).toBe(true);
    expect(new Set(fixture.queue.bodies).size).toBe(2);
  });

  test('again while it is under way sends nothing', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(3);
    await startBackfill(fixture.context, {});
    await fixture.workOffOne();
    const sent = fixture.queue.calls.send;
    expect(await startBackfill(fixture.context, {})).toMatchObject({ isNew: false });
    expect(fixture.queue.calls.send).toBe(sent);
  });

  test('again, after the worker that was asked died before its message was sent, goes on at once', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(3);
    const key = { idempotencyKey: 'once' };
    fixture.steps.before('send', ({ call }) => (call === 1 ? new Promise(() => undefined) : undefined));
    void startBackfill(fixture.context, key);
    await fixture.clock.settle();
    expect(fixture.queue.bodies).toEqual([]);
    const { backfill } = await startBackfill(fixture.context, key);
    await fixture.workOff();
    expect(await fixture.backfill(backfill.id)).toMatchObject({ status: 'done', counts: { found: { objects: 3 } } });
  });

  test('twice with the same Idempotency-Key is one backfill; with another request it is refused', async () => {
    const fixture = await createBackfillFixture();
    const key = { idempotencyKey: 'once', force: true };
    const first = await startBackfill(fixture.context, key);
    expect((await startBackfill(fixture.context, key)).backfill.id).toBe(first.backfill.id);
    await expect(startBackfill(fixture.context, { ...key, mode: 'all' })).rejects.toMatchObject({
      kind: 'permanent',
      code: 'idempotency-key-reused',
    });
  });

  test('outside OSS_PREFIX is refused, and nothing is recorded', async () => {
    const fixture = await createBackfillFixture({ settings: { sourcePrefix: 'in/' } });
    await expect(startBackfill(fixture.context, { prefix: 'other/' })).rejects.toMatchObject({
      kind: 'permanent',
      code: 'prefix-outside-source',
    });
    expect(await fixture.ledger.listBackfills({ limit: 9 })).toEqual([]);
  });

  test('is recorded also when the queue does not answer, and goes on when it does again', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(3);
    fixture.queue.fail('send', error('queue-unavailable'));
    const { backfill } = await startBackfill(fixture.context, {});
    expect(fixture.lines('warn')).toHaveLength(1);
    await fixture.clock.advance(2 * 3_600_000);
    await sweep(fixture.context);
    await fixture.workOff();
    expect(await fixture.backfill(backfill.id)).toMatchObject({ status: 'done', counts: { found: { objects: 3 } } });
  });
});
