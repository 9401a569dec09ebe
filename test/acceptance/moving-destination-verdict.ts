// How a key may end whose destination was changed while it was moved.

import { expect } from 'vitest';
import type { DestinationEnd } from './moving-destination-changes.ts';
import type { Played, Standing } from './moving-play.ts';
import {
  expectEqual,
  expectFailure,
  expectNoFailure,
  expectOnlySourceVersionsInOrder,
  firstOutcome,
  isOurs,
} from './moving-verdict.ts';

interface Case extends Played {
  /** How the message ended in which it happened. */
  readonly first: string | undefined;
  /** The worker looked at the destination, or wrote on condition of what it had seen there, after the change. */
  readonly hasMet: boolean;
}

/** Of a destination that is done. */
const LOOKS_AND_WRITES = ['HeadObject', 'PutObject', 'CompleteMultipartUpload'];

export function expectDestinationEnd(end: DestinationEnd, played: Played): void {
  expect(played.hasHappened).toBe(true);
  expectOnlySourceVersionsInOrder(played.atEnd);
  const hasMet = played.requestsAfter.some(
    ({ service, operation }) => service === 's3' && LOOKS_AND_WRITES.includes(operation),
  );
  VERDICTS[end]({ ...played, hasMet, first: firstOutcome(played.atRest) });
}

const VERDICTS: Readonly<Record<DestinationEnd, (played: Case) => void>> = {
  equal({ first, hasMet, atRest, atEnd }) {
    expect(first).toBe('copied');
    if (hasMet) expectEqual(atRest);
    expectEqual(atEnd);
    expectNoFailure(atEnd);
  },
  'equal bytes'({ first, hasMet, atRest, atEnd }) {
    expect(atEnd.destination.at(-1)?.sha256).toBe(atEnd.source.at(-1)?.sha256);
    // Nobody else's object is counted as a copy of ours.
    expect(first).toBe(hasMet && !isLastOurs(atRest) ? 'skipped' : 'copied');
    expectNoFailure(atEnd);
  },
  refused({ first, hasMet, atEnd }) {
    if (hasMet) {
      expect(first).toMatch(/^failed/);
      expectFailure(atEnd, 'destination-access-denied');
      // What was there is untouched.
      expect(atEnd.destination.filter(version => version === undefined || isOurs(version))).toEqual([]);
    } else {
      expect(first).toBe('copied');
      expectEqual(atEnd);
      expectNoFailure(atEnd);
    }
  },
};

function isLastOurs({ destination }: Standing): boolean {
  const last = destination.at(-1);
  return last !== undefined && isOurs(last);
}
