// A backfill as callers see it. Every count is taken from the ledger's; rates and the time left follow from them and the clock.

import { type Static, Type } from 'typebox';
import { BACKFILL_MODES, type Backfill, type BackfillCounts, type Counts } from '../ledger/ledger.ts';

const BACKFILL_STATES = ['listing', 'copying', 'paused', 'cancelled', 'done'] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

const Count = Type.Integer({ minimum: 0 });

/** found = the sum of all the others, at every moment. */
const COUNTS = {
  found: Count,
  copied: Count,
  skipped: Count,
  sourceMissing: Count,
  archived: Count,
  unverified: Count,
  failed: Count,
  remaining: Count,
};
const ByteCounts = Type.Object(COUNTS, { additionalProperties: false });

export const BackfillBody = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum([...BACKFILL_STATES]),
    reason: Type.Optional(Type.String({ description: 'Why it is paused.' })),
    prefix: Type.String(),
    mode: Type.Enum([...BACKFILL_MODES]),
    createdAt: Type.String({ format: 'date-time' }),
    endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    ...COUNTS,
    bytes: ByteCounts,
    etaSeconds: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description:
        'From the mean rate since it was created. Null while listing, since nobody knows yet how much there is, and whenever it is not moving.',
    }),
    objectsPerSecond: Type.Number({
      minimum: 0,
      description: 'Objects that ended, however they did; the mean since it was created.',
    }),
    megabytesPerSecond: Type.Number({
      minimum: 0,
      description: '10^6 bytes that were written to the destination; the mean since it was created.',
    }),
  },
  { title: 'Backfill', additionalProperties: false },
);
export type BackfillBody = Static<typeof BackfillBody>;

export const BackfillList = Type.Object(
  { backfills: Type.Array(BackfillBody) },
  { title: 'BackfillList', additionalProperties: false },
);

export function viewBackfill(backfill: Backfill, now: Date): BackfillBody {
  const { counts, request, reason, createdAt, endedAt } = backfill;
  const elapsedSeconds = Math.max(0, ((endedAt ?? now).getTime() - createdAt.getTime()) / 1000);
  const writtenBytes = counts.byOutcome.copied.bytes + counts.byOutcome.unverified.bytes;
  return {
    id: backfill.id,
    state: stateOf(backfill),
    ...(reason === undefined ? {} : { reason }),
    prefix: request.prefix,
    mode: request.mode,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    ...countsOf(counts, 'objects'),
    bytes: countsOf(counts, 'bytes'),
    etaSeconds: secondsLeft(backfill, elapsedSeconds),
    objectsPerSecond: perSecond(counts.found.objects - counts.remaining.objects, elapsedSeconds),
    megabytesPerSecond: perSecond(writtenBytes / 1_000_000, elapsedSeconds),
  };
}

export function stateOf({ status, counts }: Pick<Backfill, 'status' | 'counts'>): BackfillState {
  if (status !== 'running') return status;
  return counts.openRanges > 0 ? 'listing' : 'copying';
}

function countsOf({ found, byOutcome, remaining }: BackfillCounts, unit: keyof Counts): Static<typeof ByteCounts> {
  return {
    found: found[unit],
    copied: byOutcome.copied[unit],
    skipped: byOutcome.skipped[unit],
    sourceMissing: byOutcome['source-missing'][unit],
    archived: byOutcome.archived[unit],
    unverified: byOutcome.unverified[unit],
    failed: byOutcome.failed[unit],
    remaining: remaining[unit],
  };
}

/** By objects or by bytes, whichever takes longer: the large ones may be all that is left, or all that is done. */
function secondsLeft(backfill: Backfill, elapsedSeconds: number): number | null {
  const state = stateOf(backfill);
  if (state === 'done') return 0;
  if (state !== 'copying') return null;
  const { found, remaining } = backfill.counts;
  if (remaining.objects === 0) return 0;
  const settled = { objects: found.objects - remaining.objects, bytes: found.bytes - remaining.bytes };
  if (settled.objects <= 0) return null;
  const byObjects = remaining.objects / settled.objects;
  const byBytes = settled.bytes > 0 ? remaining.bytes / settled.bytes : 0;
  return Math.ceil(elapsedSeconds * Math.max(byObjects, byBytes));
}

/** To three decimals; 0 before any time has passed. */
function perSecond(amount: number, elapsedSeconds: number): number {
  return elapsedSeconds <= 0 ? 0 : Math.round((Math.max(0, amount) / elapsedSeconds) * 1000) / 1000;
}
