// What must hold of a cell when it is over: while the fault lasted, after it was healed, and after what had failed was sent again.

import { expect } from 'vitest';
import type { Standing } from '../../acceptance/moving-play.ts';
import {
  expectEqual,
  expectFailure,
  expectNoFailure,
  expectOnlySourceVersionsInOrder,
} from '../../acceptance/moving-verdict.ts';
import { type End, expectedEnd, type OwnFailure } from './expected-end.ts';
import type { Cell, PlayedCell } from './play-cell.ts';

export function expectCellEnd(cell: Cell, played: PlayedCell): void {
  const { place, kind, lasting } = cell;
  const { beforeHealing, healed, sentAgain, neighbours } = played;
  expect(played.struck).toBeGreaterThan(0);
  for (const standing of [sentAgain, ...neighbours]) expectOnlySourceVersionsInOrder(standing);
  const end = expectedEnd(place, kind);
  if (lasting === 'until healed') LASTING[nameOf(end)](played, end);
  else if (failsAtOnce(end) && healed.failures.length > 0) expectFailure(healed, end.code);
  else expectMoved(healed);
  const hasFailed = healed.failures.length > 0;
  if (!hasFailed && lasting === 'until healed') expectNoFailure(beforeHealing);
  expectMovedInTheEnd(sentAgain);
  for (const neighbour of neighbours) {
    expectEqual(neighbour);
    expectNoFailure(neighbour);
  }
  expectCounts(healed, hasFailed);
  expect(played.hasRow).toBe(false);
  // Its answer came too late, or never: nobody knows the id before the janitor looks.
  if (place.operation !== 'CreateMultipartUpload') expect(played.openUploads).toBe(0);
}

function nameOf(end: End): 'moves' | 'waits' | 'fails' {
  return typeof end === 'object' ? 'fails' : end;
}

function failsAtOnce(end: End): end is OwnFailure {
  return typeof end === 'object' && end.isAtOnce;
}

const LASTING: Readonly<Record<ReturnType<typeof nameOf>, (played: PlayedCell, end: End) => void>> = {
  moves: ({ healed }) => expectMoved(healed),
  waits({ isWaiting, healed }) {
    expect(isWaiting).toBe(true);
    expectMoved(healed);
  },
  fails({ beforeHealing, healed, retries }, end) {
    if (typeof end !== 'object') return;
    expectFailure(beforeHealing, end.code);
    expectFailure(healed, end.code);
    // The first one of a batch is its own.
    const counted = healed.backfill === undefined ? end.tries - 1 : Math.max(0, end.tries - 2);
    expect(retries).toBe(counted);
  },
};

function expectMoved(standing: Standing): void {
  expectEqual(standing);
  expectNoFailure(standing);
}

/** A failure stays on the list; the object is there all the same. */
function expectMovedInTheEnd(standing: Standing): void {
  expectEqual(standing);
  const { backfill, outcomes } = standing;
  if (backfill === undefined) expect(['copied', 'skipped']).toContain(outcomes.at(-1));
}

/** Of a batch of three. */
function expectCounts({ backfill }: Standing, hasFailed: boolean): void {
  if (backfill === undefined) return;
  const { found, copied, skipped, failed, remaining } = backfill;
  expect({ found, moved: copied + skipped, failed, remaining }).toEqual({
    found: 3,
    moved: hasFailed ? 2 : 3,
    failed: hasFailed ? 1 : 0,
    remaining: 0,
  });
}
