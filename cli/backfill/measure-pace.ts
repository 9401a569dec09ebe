// How fast it goes now: over the last minute of looks. The worker's own rates are means since the backfill was created, pauses included.

import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';

const WINDOW_MILLISECONDS = 60_000;
/** Over less than that, one large object more or less is everything. */
const MIN_WINDOW_MILLISECONDS = 5_000;

export interface Pace {
  readonly objectsPerSecond: number;
  /** Written to the destination. */
  readonly bytesPerSecond: number;
  /** Null while nobody can know. */
  readonly etaSeconds: number | null;
}

interface Look {
  readonly at: number;
  readonly settledObjects: number;
  readonly settledBytes: number;
  readonly writtenBytes: number;
}

/** Of one look after the other; `at` in milliseconds. */
export function createPaceMeter(): (at: number, backfill: BackfillBody) => Pace {
  let looks: readonly Look[] = [];
  return (at, backfill) => {
    const look = lookAt(at, backfill);
    looks = [...looks.filter(earlier => earlier.at >= at - WINDOW_MILLISECONDS), look];
    return paceBetween(looks[0] ?? look, look, backfill);
  };
}

function lookAt(at: number, { found, remaining, bytes }: BackfillBody): Look {
  return {
    at,
    settledObjects: found - remaining,
    settledBytes: bytes.found - bytes.remaining,
    writtenBytes: bytes.copied + bytes.unverified,
  };
}

function paceBetween(first: Look, last: Look, backfill: BackfillBody): Pace {
  const { objectsPerSecond, megabytesPerSecond, etaSeconds } = backfill;
  const milliseconds = last.at - first.at;
  if (milliseconds < MIN_WINDOW_MILLISECONDS) {
    return { objectsPerSecond, bytesPerSecond: megabytesPerSecond * 1_000_000, etaSeconds };
  }
  // What failed may be owed again: less is settled then than before.
  const perSecond = (name: 'settledObjects' | 'settledBytes' | 'writtenBytes') =>
    (Math.max(0, last[name] - first[name]) * 1000) / milliseconds;
  return {
    objectsPerSecond: perSecond('settledObjects'),
    bytesPerSecond: perSecond('writtenBytes'),
    etaSeconds:
      etaSeconds === null
        ? null
        : secondsLeft(backfill, { objects: perSecond('settledObjects'), bytes: perSecond('settledBytes') }),
  };
}

/** By objects or by bytes, whichever takes longer. A minute without any says nothing, as while the large ones are under way: the mean counts then. */
function secondsLeft(
  { remaining, bytes, etaSeconds }: BackfillBody,
  perSecond: { readonly objects: number; readonly bytes: number },
): number | null {
  const byObjects = remaining === 0 ? 0 : remaining / perSecond.objects;
  const byBytes = bytes.remaining === 0 ? 0 : bytes.remaining / perSecond.bytes;
  const seconds = Math.max(byObjects, byBytes);
  return Number.isFinite(seconds) ? Math.ceil(seconds) : etaSeconds;
}
