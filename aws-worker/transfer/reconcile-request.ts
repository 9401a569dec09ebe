import type { ReconcileMode } from './decide.ts';

export interface ReconcileRequest {
  readonly key: string;
  /** What a message or a listing said; only chooses the cheaper order of looks. */
  readonly sizeHintBytes: number | undefined;
  readonly mode: ReconcileMode;
  readonly backfill: string | undefined;
  /** Others have worked on the key before, for the same message: whatever its size was said to be, an upload of theirs may be open, its Complete on its way. */
  readonly mayHaveUpload: boolean;
  /** True when a lister saw nothing at the destination. */
  readonly isDestinationEmpty: boolean;
}
