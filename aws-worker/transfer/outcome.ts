// How one key ended. Exactly one of these is counted for each key of a backfill.

export const OUTCOMES = ['copied', 'skipped', 'source-missing', 'archived', 'unverified', 'failed'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export interface Outcome {
  readonly kind: OutcomeKind;
  /** Of the source version that was settled; 0 when it is missing. */
  readonly sizeBytes: number;
  /** Its bytes were read and written just now; left out: looks sufficed. */
  readonly isWritten?: true;
  /** Why, in a stable code: for `failed`, `unverified`, `archived`, `skipped`. */
  readonly code?: string;
  /** For a person; only with `failed`. */
  readonly reason?: string;
}
