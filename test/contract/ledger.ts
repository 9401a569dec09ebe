// What every ledger must do, whatever keeps its rows. An adapter's test calls `ledgerContract` with a way to open it on data of its own.

import { describe } from 'vitest';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { backfillContract } from './ledger-backfills.ts';
import { countingContract } from './ledger-counting.ts';
import { debtContract } from './ledger-debts.ts';
import { historyContract } from './ledger-history.ts';
import { protocolContract } from './ledger-protocol.ts';
import { recordContract } from './ledger-records.ts';
import { uploadContract } from './ledger-uploads.ts';

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

export function ledgerContract(name: string, open: OpenLedger): void {
  describe(`${name} as a ledger`, () => {
    backfillContract(open);
    debtContract(open);
    countingContract(open);
    recordContract(open);
    uploadContract(open);
    historyContract(open);
    protocolContract(open);
  });
}
