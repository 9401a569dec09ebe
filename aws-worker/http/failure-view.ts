import { type Static, Type } from 'typebox';
import type { Failure } from '../ledger/ledger.ts';

export const FailureBody = Type.Object(
  {
    key: Type.String(),
    sizeBytes: Type.Integer({ minimum: 0 }),
    code: Type.String({ description: 'Stable; what to group by.' }),
    reason: Type.String(),
    at: Type.String({ format: 'date-time' }),
  },
  { title: 'Failure', additionalProperties: false },
);

export const FailurePage = Type.Object(
  {
    failures: Type.Array(FailureBody),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'Send it as `after` for the next page. Null: this was the last.',
    }),
  },
  { title: 'FailurePage', additionalProperties: false },
);
export type FailurePage = Static<typeof FailurePage>;

/** A page of at most `limit`, ascending by key, from up to `limit + 1` failures: the one too many tells that there is more. */
export function viewFailures(failures: readonly Failure[], limit: number): FailurePage {
  const shown = failures.slice(0, limit);
  return {
    failures: shown.map(({ key, sizeBytes, code, reason, at }) => ({
      key,
      sizeBytes,
      code,
      reason,
      at: at.toISOString(),
    })),
    next: failures.length > limit ? (shown.at(-1)?.key ?? null) : null,
  };
}
