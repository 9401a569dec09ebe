import { expect, test } from 'vitest';
import { pruneEnded } from '../../../../aws-worker/backfill/prune-ended.ts';
import { createBackfillFixture, SIGNAL } from './backfill-fixture.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;

/** A backfill that has just ended. */
async function ended() {
  const fixture = await createBackfillFixture();
  const id = await fixture.start();
  await fixture.workOff();
  expect((await fixture.backfill(id)).status).toBe('done');
  const prune = (signal = SIGNAL) => pruneEnded({ ledger: fixture.ledger, clock: fixture.clock }, signal);
  return { ...fixture, id, prune };
}

test('a backfill is kept for 90 days after its end, and then forgotten', async () => {
  const fixture = await ended();
  await fixture.clock.advance(90 * DAY_MILLISECONDS);
  await fixture.prune();
  expect(await fixture.ledger.findBackfill(fixture.id)).toBeDefined();
  await fixture.clock.advance(1);
  await fixture.prune();
  expect(await fixture.ledger.findBackfill(fixture.id)).toBeUndefined();
});

test('nothing is forgotten by a worker that stops', async () => {
  const fixture = await ended();
  await fixture.clock.advance(91 * DAY_MILLISECONDS);
  await fixture.prune(AbortSignal.abort());
  expect(await fixture.ledger.findBackfill(fixture.id)).toBeDefined();
});
