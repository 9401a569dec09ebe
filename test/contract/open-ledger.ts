import type { Ledger } from '../../aws-worker/ledger/ledger.ts';

export interface OpenedLedger {
  readonly ledger: Ledger;
  /** Another worker's ledger on the same data. */
  attach(workerId: string): Promise<Ledger>;
  /** Closes every ledger on these data and opens one anew, as a restart does. */
  reopen(): Promise<Ledger>;
  /** Closes every ledger on these data and removes the data. */
  dispose(): Promise<void>;
}

export interface OpenOptions {
  readonly now: () => Date;
}

/** Each call opens a ledger on new, empty data. */
export type OpenLedger = (options: OpenOptions) => Promise<OpenedLedger>;
