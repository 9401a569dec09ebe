import { describe, expect, test } from 'vitest';
import { sweep } from '../../../../aws-worker/backfill/sweep.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { type BackfillFixture, createBackfillFixture, error } from './backfill-fixture.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** As a purge does, or 14 days. */
async function loseAllMessages({ queue, clock }: BackfillFixture): Promise<void> {
  await clock.advance(1000 * 1000);
  const options = {
    maxMessages: 100,
    waitSeconds: 0,
    visibilityTimeoutSeconds: 300,
    signal: AbortSignal.timeout(60_000),
  };
  const received = await queue.receive(options);
  await queue.delete(received.map(message => message.receiptHandle));
  expect(queue.bodies).toEqual([]);
}

const kinds = ({ queue }: BackfillFixture) => queue.bodies.map(body => parseMessage(body).kind).sort();

describe('debts whose message was lost', () => {
  test('are sent again when they were silent for long: ranges, batches and objects', async () => {
    const fixture = await createBackfillFixture({ maxPageObjects: 2 });
    fixture.addObjects(4);
    const id = await fixture.start();
    await loseAllMessages(fixture);
    const range = { backfill: id, range: 'root' };
    const batch = (name: string, from: string, to: string) => ({
      batch: name,
      from,
      to,
      found: { objects: 2, bytes: 2 },
    });
    const batches = [batch('x', '', 'k0001'), batch('y', 'k0001', 'k0003')];
    await fixture.ledger.checkpointRange({ ...range, version: 0, cursor: 'k0003', batches });
    const settled = [{ key: 'k0000', kind: 'copied', sizeBytes: 1 }] as const;
    await fixture.ledger.settleBatch({ backfill: id, batch: 'x', settled, owed: [{ key: 'k0001', sizeBytes: 1 }] });
    await sweep(fixture.context);
    expect(kinds(fixture)).toEqual([]);
    await fixture.clock.advance(HOUR_MILLISECONDS + 1);
    await sweep(fixture.context);
    expect(kinds(fixture)).toEqual(['batch', 'object', 'range']);
    // Marked as sent: the next sweep leaves them alone.
    await sweep(fixture.context);
    expect(kinds(fixture)).toHaveLength(3);
    await fixture.workOff();
    expect(await fixture.backfill(id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { copied: { objects: 4 } } },
    });
  });

  test('do no harm when they were only slow: each is paid once', async () => {
    const fixture = await createBackfillFixture({ maxPageObjects: 2 });
    fixture.addObjects(4);
    const id = await fixture.start();
    for (let step = 0; step < 3; step++) {
      await fixture.workOffOne();
      await fixture.clock.advance(HOUR_MILLISECONDS + 1);
      await sweep(fixture.context);
    }
    await fixture.workOff();
    expect((await fixture.backfill(id)).counts).toMatchObject({
      found: { objects: 4 },
      byOutcome: { copied: { objects: 4 } },
    });
  });

  test('are sent by a later sweep, where the queue did not answer', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(1);
    const id = await fixture.start();
    await loseAllMessages(fixture);
    await fixture.clock.advance(HOUR_MILLISECONDS);
    fixture.queue.fail('send', error('queue-unavailable'));
    await expect(sweep(fixture.context)).rejects.toMatchObject({ code: 'queue-unavailable' });
    await fixture.clock.advance(HOUR_MILLISECONDS + 1);
    await sweep(fixture.context);
    await fixture.workOff();
    expect((await fixture.backfill(id)).status).toBe('done');
  });

  test('of a paused backfill are left alone', async () => {
    const fixture = await createBackfillFixture();
    const id = await fixture.start();
    await loseAllMessages(fixture);
    await fixture.ledger.changeStatus(id, { from: ['running'], to: 'paused' });
    await fixture.clock.advance(2 * HOUR_MILLISECONDS);
    await sweep(fixture.context);
    expect(kinds(fixture)).toEqual([]);
  });
});

test.each([0, 150])(
  'a backfill that is paid in full, but whose last worker crashed before saying so, is done, also after %i others',
  async others => {
    const fixture = await createBackfillFixture();
    const id = await fixture.start();
    await loseAllMessages(fixture);
    await fixture.ledger.closeRange({ backfill: id, range: 'root', version: 0 });
    for (let count = 0; count < others; count++) {
      const other = await fixture.start({ force: true });
      await fixture.ledger.changeStatus(other, { from: ['running'], to: 'cancelled' });
    }
    expect((await fixture.backfill(id)).status).toBe('running');
    await sweep(fixture.context);
    expect((await fixture.backfill(id)).status).toBe('done');
  },
);
