import { describe, expect, test } from 'vitest';
import { createChangeBackfill } from '../../../../aws-worker/backfill/change-backfill.ts';
import { createSweeper } from '../../../../aws-worker/backfill/sweeper.ts';
import { createBackfillFixture, error } from './backfill-fixture.ts';

/** A sweeper that runs on the clock of the test, and a paused backfill whose message was dropped. */
async function sweeping() {
  const fixture = await createBackfillFixture();
  const id = await fixture.start();
  await fixture.pause(id);
  await fixture.workOff();
  const sweeper = createSweeper({ ...fixture.context, clock: fixture.clock });
  const stop = new AbortController();
  const ended = sweeper.run(stop.signal);
  await fixture.clock.settle();
  const change = createChangeBackfill({ ledger: fixture.ledger, sweeper });
  /** Time enough for a sweep, not for a minute. */
  const soon = async () => {
    for (let turn = 0; turn < 20; turn++) await fixture.clock.settle();
  };
  return { ...fixture, id, sweeper, stop, ended, change, soon };
}

describe('the sweeper', () => {
  test('sends at once what a resume has made silent', async () => {
    const fixture = await sweeping();
    expect(await fixture.change(fixture.id, 'resume')).toBe(true);
    await fixture.soon();
    expect(fixture.queue.bodies).toHaveLength(1);
    fixture.stop.abort();
    await fixture.ended;
  });

  test('sends within its minute what another worker’s resume has made silent', async () => {
    const fixture = await sweeping();
    await fixture.ledger.changeStatus(fixture.id, { from: ['paused'], to: 'running' });
    await fixture.soon();
    expect(fixture.queue.bodies).toEqual([]);
    await fixture.clock.advance(60_000);
    await fixture.soon();
    expect(fixture.queue.bodies).toHaveLength(1);
    fixture.stop.abort();
    await fixture.ended;
  });

  test('tries again a minute later where the queue did not answer: nothing is silent for an hour', async () => {
    const fixture = await sweeping();
    fixture.queue.fail('send', error('queue-unavailable'));
    await fixture.change(fixture.id, 'resume');
    await fixture.soon();
    expect(fixture.queue.bodies).toEqual([]);
    expect(fixture.lines('warn')).toHaveLength(1);
    await fixture.clock.advance(60_000);
    await fixture.soon();
    expect(fixture.queue.bodies).toHaveLength(1);
    fixture.stop.abort();
    await fixture.ended;
  });

  test('that is woken during a sweep sweeps once more', async () => {
    const fixture = await sweeping();
    fixture.steps.after('claimSilent', async ({ call }) => {
      if (call !== 2) return;
      await fixture.change(fixture.id, 'resume');
    });
    fixture.sweeper.wake();
    await fixture.soon();
    expect(fixture.queue.bodies).toHaveLength(1);
    fixture.stop.abort();
    await fixture.ended;
  });
});

describe('a change', () => {
  test.each([
    ['pause', [true, false]],
    ['cancel', [true, false]],
    ['resume', [false, false]],
    ['retry-failed', [false, false]],
  ] as const)('%s of a running backfill is made once: %j', async (change, expected) => {
    const fixture = await createBackfillFixture();
    const id = await fixture.start();
    const apply = createChangeBackfill({ ledger: fixture.ledger, sweeper: { wake: () => undefined } });
    expect([await apply(id, change), await apply(id, change)]).toEqual(expected);
  });

  test.each([
    ['resume', 1],
    ['retry-failed', 1],
    ['pause', 0],
    ['cancel', 0],
  ] as const)(
    '%s wakes the sweeper %i times, also where it changes nothing: whoever made it may have crashed',
    async (change, wakes) => {
      const fixture = await createBackfillFixture();
      const id = await fixture.start();
      let woken = 0;
      const wake = () => {
        woken += 1;
      };
      await createChangeBackfill({ ledger: fixture.ledger, sweeper: { wake } })(id, change);
      expect(woken).toBe(wakes);
    },
  );
});
