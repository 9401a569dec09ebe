// What every ledger must do, whatever keeps its rows. An adapter's test calls `ledgerContract` with a way to open it on data of its own.

import { describe } from 'vitest';
import { backfillContract } from './ledger-backfills.ts';
import { countingContract } from './ledger-counting.ts';
import { debtContract } from './ledger-debts.ts';
import { historyContract } from './ledger-history.ts';
import { protocolContract } from './ledger-protocol.ts';
import { pruneContract } from './ledger-prune.ts';
import { recordContract } from './ledger-records.ts';
import { resumeContract } from './ledger-resumes.ts';
import { retryContract } from './ledger-retries.ts';
import { uploadContract } from './ledger-uploads.ts';
import type { OpenLedger } from './open-ledger.ts';

/** How many random runs; fewer where each request goes over a socket. */
export interface ContractEffort {
  readonly histories: number;
  readonly protocolRuns: number;
}

const EFFORT: ContractEffort = { histories: 50, protocolRuns: 40 };

export function ledgerContract(name: string, open: OpenLedger, effort: ContractEffort = EFFORT): void {
  describe(`${name} as a ledger`, () => {
    backfillContract(open);
    debtContract(open);
    resumeContract(open);
    countingContract(open);
    retryContract(open);
    pruneContract(open);
    recordContract(open);
    uploadContract(open);
    historyContract(open, effort.histories);
    protocolContract(open, effort.protocolRuns);
  });
}
