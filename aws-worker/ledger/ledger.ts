// What must survive a crash: what each backfill owes, failures, upload checkpoints, worker heartbeats. One port, several adapters, one contract suite
// (test/contract/ledger.ts). Counting is exact by construction: every debt is one row (an open range, a batch, an object owed again); a row is made
// in the transaction that adds to `incurred` and removed in the one that adds its counts and `paid`, so whatever happens twice counts once.
// DONE is: the sum of `paid`, read first, equals the sum of `incurred`, read second. It is never guessed from an empty queue.
// Everything may be repeated. All methods throw BridgeError retryable `ledger-busy` or permanent `ledger-unavailable` (disk full, read-only, …).

import type { OutcomeKind } from '../transfer/outcome.ts';
import type { UploadCheckpoints } from '../transfer/upload-checkpoints.ts';

export const BACKFILL_MODES = ['missing', 'all'] as const;
export type BackfillMode = (typeof BACKFILL_MODES)[number];

export interface BackfillRequest {
  readonly prefix: string;
  readonly mode: BackfillMode;
}

/** What somebody decided or found out; whether it is listing or copying follows from the counts. None fails: it waits, pauses, or lists its failures. */
export const BACKFILL_STATUSES = ['running', 'paused', 'cancelled', 'done'] as const;
export type BackfillStatus = (typeof BACKFILL_STATUSES)[number];

export interface Counts {
  readonly objects: number;
  readonly bytes: number;
}

export interface BackfillCounts {
  readonly found: Counts;
  readonly byOutcome: Readonly<Record<OutcomeKind, Counts>>;
  /** found less all outcomes. */
  readonly remaining: Counts;
  readonly openRanges: number;
  /** Batches and objects that are owed. */
  readonly unpaidBatches: number;
  readonly unpaidObjects: number;
}

/** What was asked for and what was decided. Without the counts, which are dearer to read. */
export interface BackfillRow {
  readonly id: string;
  readonly request: BackfillRequest;
  readonly status: BackfillStatus;
  /** Why it is paused, for a person. */
  readonly reason: string | undefined;
  /** How often it was resumed. What was observed before the last time says nothing about now. */
  readonly resumes: number;
  readonly createdAt: Date;
  /** When it was done or cancelled. */
  readonly endedAt: Date | undefined;
}

export interface Backfill extends BackfillRow {
  readonly counts: BackfillCounts;
}

/** Keys in (from, to]; `to` empty means to the end of the bucket. */
export interface KeyInterval {
  readonly from: string;
  readonly to: string;
}

export interface RangeRow extends KeyInterval {
  readonly backfill: string;
  readonly range: string;
  /** What is listed: keys of the source; or, for a retry, the failure list of its own backfill. */
  readonly lists: 'source' | 'failures';
  /** Everything up to and including this key is checkpointed. At first it equals `from`. */
  readonly cursor: string;
  readonly version: number;
  /** What the last checkpoint made and is still owed; whoever holds the range next sends these messages first. Objects: of a retry only. */
  readonly unsent: {
    readonly batches: readonly BatchRow[];
    readonly ranges: readonly string[];
    readonly objects: readonly OwedObject[];
  };
}

export interface BatchRow extends KeyInterval {
  readonly backfill: string;
  readonly batch: string;
  readonly found: Counts;
}

export interface OwedObject {
  readonly backfill: string;
  readonly batch: string;
  readonly key: string;
  readonly sizeBytes: number;
}

export interface Failure {
  readonly key: string;
  readonly sizeBytes: number;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}

export interface SettledObject {
  readonly key: string;
  readonly kind: OutcomeKind;
  readonly sizeBytes: number;
  /** Both with `failed`: they become the row of the failure list. */
  readonly code?: string;
  readonly reason?: string;
}

export type SettleResult =
  /** The row is gone by this call. */
  | 'settled'
  /** Somebody was first (or it never was); nothing was counted. */
  | 'already-settled';

export interface Debts {
  readonly ranges: readonly { readonly backfill: string; readonly range: string }[];
  readonly batches: readonly BatchRow[];
  readonly objects: readonly OwedObject[];
}

/** Names one row that somebody must pay: a range, a batch or an owed object. */
export type DebtId =
  | { readonly backfill: string; readonly range: string }
  | { readonly backfill: string; readonly batch: string }
  | { readonly backfill: string; readonly batch: string; readonly key: string };

export interface Ledger {
  readonly uploads: UploadCheckpoints;

  /**
   * Starts a backfill with one open range (prefix's keys: the lister narrows by prefix, the range itself is ('' , '']), unless the same request runs or is paused already (then that one,
   * unless `force`) or the idempotency key was used before (then what it made; with another request: BridgeError permanent `idempotency-key-reused`).
   */
  startBackfill(options: {
    readonly request: BackfillRequest;
    readonly force: boolean;
    readonly idempotencyKey: string | undefined;
  }): Promise<{ readonly backfill: Backfill; readonly isNew: boolean; readonly range: string }>;
  findBackfill(id: string): Promise<Backfill | undefined>;
  /** Reads one row, as it was written last: asked for each message, by whoever is to work for it. */
  findBackfillRow(id: string): Promise<BackfillRow | undefined>;
  /** Newest first. The counts of those that were cancelled may be a minute old. */
  listBackfills(options: { readonly limit: number }): Promise<readonly Backfill[]>;
  /** The ids of all that run, however old; without their counts, for a sweep asks every minute. */
  runningBackfills(): Promise<readonly string[]>;
  /** Undefined: there is no such backfill. Reads one row: asked every few seconds by whoever works for it. */
  statusOf(id: string): Promise<BackfillStatus | undefined>;
  /**
   * running <-> paused; running or paused -> cancelled. False when the backfill isn't in one of `from` or, with `resumes`, was resumed since.
   * -> running: `resumes` grows, and by that, in the same transaction, all debts that it has now count as silent (claimSilent): their messages
   * were dropped while it was paused. Nothing but a claim ends that; a worker that still touches a debt does not.
   */
  changeStatus(
    id: string,
    change: {
      readonly from: readonly BackfillStatus[];
      readonly to: BackfillStatus;
      readonly reason?: string;
      readonly resumes?: number;
    },
  ): Promise<boolean>;
  /** Marks it done if it is running and everything incurred is paid; true when it is done now (by this call or before). */
  completeIfPaid(id: string): Promise<boolean>;
  /**
   * One transaction: the backfill owes one range more, which lists its failures, silent until it is claimed; one that was done runs again.
   * False, and nothing changed: it is cancelled or unknown, nothing is on its failure list, an earlier retry is still under way, or it is being
   * forgotten (pruneBackfills).
   */
  retryFailed(id: string): Promise<boolean>;
  /**
   * Removes what is kept of backfills that were done or cancelled before `endedBefore`: failures, debts, idempotency keys, then the counts and the
   * backfill itself, so that it is there with exact counts or not at all. Removes about `limit` rows (1 to 100) at most, so that nobody waits for it;
   * how many it did: 0 when nothing is left. What was begun is not undone: such a backfill never runs again.
   */
  pruneBackfills(options: { readonly endedBefore: Date; readonly limit: number }): Promise<number>;

  findRange(id: { readonly backfill: string; readonly range: string }): Promise<RangeRow | undefined>;
  /**
   * One transaction, on condition of the version: moves the cursor, makes the batches' rows (found and incurred grow by them).
   * The new row, or undefined when the version was another (nothing changed: look again).
   */
  checkpointRange(checkpoint: {
    readonly backfill: string;
    readonly range: string;
    readonly version: number;
    readonly cursor: string;
    readonly batches: readonly (KeyInterval & { readonly batch: string; readonly found: Counts })[];
  }): Promise<RangeRow | undefined>;
  /**
   * The same for a range that lists failures, one transaction on condition of the version: those of `failures` (at most 45: two writes each) that
   * are on the list leave it and are owed again under the name of `batch`, never used before; `failed` shrinks by exactly their objects and bytes.
   * The cursor moves to the last of them, so that what fails again is not met again.
   */
  checkpointRetry(checkpoint: {
    readonly backfill: string;
    readonly range: string;
    readonly version: number;
    readonly batch: string;
    /** Ascending, not empty; as listFailures named them after the cursor. */
    readonly failures: readonly Pick<Failure, 'key'>[];
  }): Promise<RangeRow | undefined>;
  /**
   * The messages of the last checkpoint were sent: `unsent` is empty from now on, on condition of the version, which stays as it is. Called only after
   * the sends; a crash in between repeats them. False: another version, look again.
   */
  markSent(range: { readonly backfill: string; readonly range: string; readonly version: number }): Promise<boolean>;
  /** The range is listed to its end: removes its row on condition of the version and pays it. False: another version, look again. */
  closeRange(range: { readonly backfill: string; readonly range: string; readonly version: number }): Promise<boolean>;

  findBatch(id: { readonly backfill: string; readonly batch: string }): Promise<BatchRow | undefined>;
  /**
   * One transaction: removes the batch's row, adds the outcomes to the counts, pays it, makes a row for each object still owed. `found` is corrected where the
   * interval held other keys than the lister saw (fewer: the difference counts as source-missing; more: found grows), so that
   * found = outcomes + remaining at every moment. Where that is more than a transaction of the ledger can hold, one replaces the batch by smaller ones, which
   * are then settled likewise, all by this call; after a crash in between the rest is owed, silent, under names of its own.
   */
  settleBatch(batch: {
    readonly backfill: string;
    readonly batch: string;
    readonly settled: readonly SettledObject[];
    readonly owed: readonly { readonly key: string; readonly sizeBytes: number }[];
  }): Promise<SettleResult>;
  findOwedObject(id: {
    readonly backfill: string;
    readonly batch: string;
    readonly key: string;
  }): Promise<OwedObject | undefined>;
  /** Objects still owed from one batch: their messages are (re-)sent after it was settled. */
  owedObjectsOf(id: { readonly backfill: string; readonly batch: string }): Promise<readonly OwedObject[]>;
  settleObject(
    id: { readonly backfill: string; readonly batch: string },
    settled: SettledObject,
  ): Promise<SettleResult>;

  /** Batches and objects owed by one backfill now: the lister pauses on it. */
  unpaid(backfill: string): Promise<number>;
  /**
   * Debts of running backfills whose message was last sent before `before`, or before the backfill was last resumed; marks them as sent now, so that
   * one sweeper at a time repeats them. At most `limit` of each. A crash between the claim and the sends leaves them silent until `before` passes.
   */
  claimSilent(options: { readonly before: Date; readonly limit: number }): Promise<Debts>;
  /** These were claimed, but could not be sent: they are silent again at once. Nothing happens to what is paid. */
  giveBack(debts: Debts): Promise<void>;
  /** The debt's message is heard of, so it counts as sent now: whoever handles or replaces it says so. Nothing happens when the debt is paid. */
  touchDebt(debt: DebtId): Promise<void>;

  /** A live object that failed for good. The newest failure of a key replaces the older one. */
  recordLiveFailure(failure: Failure): Promise<void>;
  /** Ascending by key after `after`; of a backfill, or of live events (undefined). */
  listFailures(options: {
    readonly backfill: string | undefined;
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly Failure[]>;

  heartbeat(worker: { readonly id: string; readonly host: string }): Promise<void>;
  /** Workers that were heard of since. */
  countWorkers(options: { readonly since: Date }): Promise<number>;
  /** A write that changes nothing of value. @throws when the ledger can't be written */
  probe(): Promise<void>;
  /** Reads, writes, changes and deletes as workers do, each kind of request once, on rows of its own, of which none is left. @throws when one is not possible */
  selfTest(): Promise<void>;
  close(): Promise<void>;
}
