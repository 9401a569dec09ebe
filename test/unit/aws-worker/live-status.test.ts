import { expect, it } from 'vitest';
import { LiveStatus } from '../../../aws-worker/live-status.ts';
import { OUTCOMES } from '../../../aws-worker/transfer/outcome.ts';

const START = new Date('2026-01-02T03:04:05.000Z');
const LATER = new Date('2026-01-02T03:05:00.000Z');

function createStatus() {
  const times = [START, LATER];
  return new LiveStatus(() => times.shift() ?? LATER);
}

it('begins with nothing of every outcome', () => {
  const totals = createStatus().totals();
  const nothing = Object.fromEntries(OUTCOMES.map(kind => [kind, { objects: 0, bytes: 0 }]));
  expect(totals).toEqual({ startedAt: START, outcomes: nothing, bytesWritten: 0, lastObjectAt: undefined });
});

it('counts objects and bytes by outcome, and knows when the last one was settled', () => {
  const status = createStatus();
  status.settled({ kind: 'copied', sizeBytes: 10 });
  status.settled({ kind: 'copied', sizeBytes: 5 });
  status.settled({ kind: 'failed', sizeBytes: 7 });
  const { outcomes, lastObjectAt } = status.totals();
  expect(outcomes.copied).toEqual({ objects: 2, bytes: 15 });
  expect(outcomes.failed).toEqual({ objects: 1, bytes: 7 });
  expect(outcomes.skipped).toEqual({ objects: 0, bytes: 0 });
  expect(lastObjectAt).toEqual(LATER);
});

it('adds up the bytes that S3 accepted, apart from outcomes', () => {
  const status = createStatus();
  status.written(3);
  status.written(4);
  expect(status.totals()).toMatchObject({ bytesWritten: 7, lastObjectAt: undefined });
});

it('remembers the lag of the last live object', () => {
  const status = createStatus();
  status.lagged(9);
  status.lagged(2.5);
  expect(status.totals().lagSeconds).toBe(2.5);
});

it('gives totals that later work does not change', () => {
  const status = createStatus();
  const before = status.totals();
  status.settled({ kind: 'skipped', sizeBytes: 1 });
  expect(before.outcomes.skipped.objects).toBe(0);
});
