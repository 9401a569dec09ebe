// What this process has done since it started, for the page. Not an account: that is the ledger's.

import { OUTCOMES, type Outcome, type OutcomeKind } from './transfer/outcome.ts';

export interface OutcomeCounts {
  readonly objects: number;
  readonly bytes: number;
}

export interface LiveTotals {
  readonly startedAt: Date;
  readonly outcomes: Readonly<Record<OutcomeKind, OutcomeCounts>>;
  readonly bytesWritten: number;
  readonly lastObjectAt: Date | undefined;
  /** Of the last live object: from its event to its outcome. */
  readonly lagSeconds?: number;
}

export class LiveStatus {
  readonly #startedAt: Date;
  readonly #now: () => Date;
  readonly #outcomes = new Map<OutcomeKind, OutcomeCounts>();
  #bytesWritten = 0;
  #lastObjectAt: Date | undefined;
  #lagSeconds: number | undefined;

  constructor(now: () => Date) {
    this.#now = now;
    this.#startedAt = now();
  }

  settled(outcome: Pick<Outcome, 'kind' | 'sizeBytes'>): void {
    const before = this.#outcomes.get(outcome.kind) ?? { objects: 0, bytes: 0 };
    this.#outcomes.set(outcome.kind, { objects: before.objects + 1, bytes: before.bytes + outcome.sizeBytes });
    this.#lastObjectAt = this.#now();
  }

  written(bytes: number): void {
    this.#bytesWritten += bytes;
  }

  lagged(seconds: number): void {
    this.#lagSeconds = seconds;
  }

  totals(): LiveTotals {
    const none = { objects: 0, bytes: 0 };
    const outcomes = Object.fromEntries(OUTCOMES.map(kind => [kind, this.#outcomes.get(kind) ?? none]));
    return {
      startedAt: this.#startedAt,
      outcomes: outcomes as Record<OutcomeKind, OutcomeCounts>,
      bytesWritten: this.#bytesWritten,
      lastObjectAt: this.#lastObjectAt,
      ...(this.#lagSeconds === undefined ? {} : { lagSeconds: this.#lagSeconds }),
    };
  }
}
