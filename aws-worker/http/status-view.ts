// What this one process has done since it started. Not an account: that is the ledger's.

import { type Static, Type } from 'typebox';
import type { Counts } from '../ledger/ledger.ts';
import type { OutcomeKind } from '../transfer/outcome.ts';

export interface LiveStatus {
  readonly startedAt: Date;
  /** Of live events and backfills alike. */
  readonly outcomes: Readonly<Record<OutcomeKind, Counts>>;
  /** Accepted by S3; rates are taken from its growth. */
  readonly bytesWritten: number;
  readonly inFlight: { readonly messages: number; readonly bytes: number };
  readonly lastObjectAt: Date | undefined;
  /** How long after its event the last live object was settled. */
  readonly lagSeconds?: number | undefined;
}

const Count = Type.Integer({ minimum: 0 });
const OutcomeCounts = Type.Object({ objects: Count, bytes: Count }, { additionalProperties: false });
const Time = Type.String({ format: 'date-time' });

export const ProblemList = Type.Array(
  Type.Object({ code: Type.String(), message: Type.String() }, { additionalProperties: false }),
);

type Problem = Static<typeof ProblemList>[number];

export const StatusBody = Type.Object(
  {
    version: Type.String(),
    now: Time,
    startedAt: Time,
    problems: ProblemList,
    outcomes: Type.Object(
      {
        copied: OutcomeCounts,
        skipped: OutcomeCounts,
        sourceMissing: OutcomeCounts,
        archived: OutcomeCounts,
        unverified: OutcomeCounts,
        failed: OutcomeCounts,
      },
      { additionalProperties: false },
    ),
    bytesWritten: Count,
    inFlight: Type.Object({ messages: Count, bytes: Count }, { additionalProperties: false }),
    lastObjectAt: Type.Union([Time, Type.Null()]),
    lagSeconds: Type.Union([Type.Number(), Type.Null()]),
  },
  { title: 'Status', additionalProperties: false },
);
export type StatusBody = Static<typeof StatusBody>;

export function viewStatus(options: {
  readonly version: string;
  readonly now: Date;
  readonly live: LiveStatus;
  readonly problems: readonly Problem[];
}): StatusBody {
  const { version, now, live, problems } = options;
  const { 'source-missing': sourceMissing, copied, skipped, archived, unverified, failed } = live.outcomes;
  return {
    version,
    now: now.toISOString(),
    startedAt: live.startedAt.toISOString(),
    problems: viewProblems(problems),
    outcomes: { copied, skipped, sourceMissing, archived, unverified, failed },
    bytesWritten: live.bytesWritten,
    inFlight: live.inFlight,
    lastObjectAt: live.lastObjectAt?.toISOString() ?? null,
    lagSeconds: live.lagSeconds ?? null,
  };
}

export function viewProblems(problems: readonly Problem[]): Static<typeof ProblemList> {
  return problems.map(({ code, message }) => ({ code, message }));
}
