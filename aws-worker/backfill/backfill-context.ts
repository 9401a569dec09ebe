// What the backfill works with; made once, in the composition root.

import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MessageQueue } from '../queue/message-queue.ts';
import type { AbandonUpload } from '../transfer/abandon-upload.ts';
import type { OutcomeKind } from '../transfer/outcome.ts';
import type { Reconcile } from '../transfer/reconcile.ts';
import type { BackfillWatch } from './backfill-watch.ts';
import type { FailureRuns } from './failure-runs.ts';
import type { SourceListing } from './source-listing.ts';

export interface BackfillSettings {
  /** OSS_PREFIX: a backfill never lists outside it. */
  readonly sourcePrefix: string;
  /** Batches and objects owed at a time by one backfill: SQS keeps messages 14 days at most, and live events must not wait behind a backlog. */
  readonly maxUnpaid: number;
  /** Bytes that one batch message may ask for; a larger object travels alone. */
  readonly maxBatchBytes: number;
  /** Objects of one batch in flight. */
  readonly maxConcurrentObjects: number;
  /** How often an object is tried before it counts as failed. */
  readonly maxAttempts: number;
  /** Objects up to here are never multipart uploads. */
  readonly smallestUploadBytes: number;
  /** A debt whose message was not heard of for so long is sent again. */
  readonly silentAfterSeconds: number;
}

export interface BackfillContext {
  readonly ledger: Ledger;
  readonly listing: SourceListing;
  readonly queue: MessageQueue;
  readonly deadLetters: MessageQueue;
  readonly reconcile: Reconcile;
  readonly abandonUpload?: AbandonUpload;
  /** One for the process: stops work whose backfill was paused or cancelled. */
  readonly watch: BackfillWatch;
  /** One for the process: tells when it is not the objects that are to blame. */
  readonly runs: FailureRuns;
  readonly settings: BackfillSettings;
  readonly log: Log;
  readonly clock: Clock;
  /** Names a batch: 1 to 64 letters, digits, `-` and `_`, never the same twice. */
  readonly newId: () => string;
  /** The worker shuts down: what is long hands itself over at its next checkpoint. */
  readonly isDraining?: () => boolean;
  /** Told of each object's outcome, for metrics. */
  readonly onOutcome?: (outcome: { readonly kind: OutcomeKind; readonly sizeBytes: number }) => void;
}

/** What goes along with a message of a debt. */
export interface BackfillWork {
  readonly signal: AbortSignal;
  /** Whoever had it before died in the middle: a write of theirs may have arrived after others had paid the debt, if they have. */
  readonly isRedelivered?: boolean;
}
