// How a key may end whose source changed while it was moved.

import { expect } from 'vitest';
import type { Play, Played } from './moving-play.ts';
import type { SourceEnd } from './moving-source-changes.ts';
import {
  expectEqual,
  expectFailure,
  expectNoFailure,
  expectOnlySourceVersionsInOrder,
  firstOutcome,
} from './moving-verdict.ts';

interface Case extends Played {
  readonly play: Play;
  /** How the message ended in which it happened. */
  readonly first: string | undefined;
  /** The worker asked the source anything after the change: then the change must show in what it did. */
  readonly hasLooked: boolean;
}

export function expectSourceEnd(end: SourceEnd, played: Played, play: Play): void {
  expect(played.hasHappened).toBe(true);
  expectOnlySourceVersionsInOrder(played.atEnd);
  const hasLooked = played.requestsAfter.some(({ service }) => service === 'oss');
  // What replaces something is followed by a look back: then no change before it can be missed, told or not.
  if (play.scene.before === 'another object') expect(hasLooked).toBe(true);
  VERDICTS[end]({ ...played, play, hasLooked, first: firstOutcome(played.atRest) });
}

const VERDICTS: Readonly<Record<SourceEnd, (played: Case) => void>> = {
  equal({ play, first, hasLooked, atRest, atEnd }) {
    if (hasLooked || play.events !== 'late') expectEqual(atRest);
    // A live message that copies, looks back, and finds its own copy equal to a source that was put back, ends with `skipped`.
    const mayBeSkipped = play.events !== 'late' || play.scene.origin === 'live';
    expect(mayBeSkipped ? ['copied', 'skipped'] : ['copied']).toContain(first);
    expectEqual(atEnd);
    expectNoFailure(atEnd);
  },
  gone({ first, hasLooked, atEnd }) {
    expect(first).toBe(hasLooked ? 'source-missing' : 'copied');
    expectNoFailure(atEnd);
  },
  /** A HEAD says nothing of it: whoever has read all the bytes is done. */
  archived({ first, requestsAfter, atEnd }) {
    const hasRead = requestsAfter.some(({ operation }) => operation === 'GetObject');
    expect(first).toBe(hasRead ? 'archived' : 'copied');
    if (first === 'copied') expectEqual(atEnd);
    expectNoFailure(atEnd);
  },
  denied({ first, hasLooked, atEnd }) {
    if (hasLooked) {
      expect(first).toMatch(/^failed/);
      expectFailure(atEnd, 'source-access-denied');
    } else {
      expect(first).toBe('copied');
      expectEqual(atEnd);
      expectNoFailure(atEnd);
    }
  },
};
