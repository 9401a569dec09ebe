import type { ReconcileMode } from './decide.ts';

export interface ReconcileRequest {
  readonly key: string;
  /** What a message or a listing said; only chooses the cheaper order of looks. */
  readonly sizeHintBytes: number | undefined;
  readonly mode: ReconcileMode;
  readonly backfill: string | undefined;
  /** True when a lister saw nothing at the destination. */
  readonly isDestinationEmpty: boolean;
}
