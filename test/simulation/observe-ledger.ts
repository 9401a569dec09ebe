// A ledger that tells the accounts what each call did, in the moment in which it did it, whether or not its caller ever hears of it.

import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import type { World } from './world.ts';

export function observeLedger(world: World, ledger: Ledger): Ledger {
  const { backfills: accounts } = world;
  return {
    ...ledger,
    async startBackfill(options) {
      const started = await ledger.startBackfill(options);
      if (started.isNew) accounts.started(started.backfill);
      return started;
    },
    async checkpointRange(checkpoint) {
      const row = await ledger.checkpointRange(checkpoint);
      if (row !== undefined) accounts.listed(checkpoint.backfill, checkpoint.batches);
      return row;
    },
    async settleBatch(batch) {
      const result = await ledger.settleBatch(batch);
      if (result === 'settled') {
        accounts.settledBatch(batch.backfill, batch);
        await world.compareCounts(batch.backfill);
      }
      return result;
    },
    async retryFailed(id) {
      accounts.reopening(id, true);
      try {
        return await ledger.retryFailed(id);
      } finally {
        accounts.reopening(id, false);
      }
    },
    async checkpointRetry(checkpoint) {
      const row = await ledger.checkpointRetry(checkpoint);
      if (row !== undefined) {
        accounts.retried(checkpoint.backfill, checkpoint.failures);
        await world.compareCounts(checkpoint.backfill);
      }
      return row;
    },
    async claimSilent(options) {
      const debts = await ledger.claimSilent(options);
      accounts.claimed(debts);
      return debts;
    },
    async settleObject(id, settled) {
      const result = await ledger.settleObject(id, settled);
      if (result === 'settled') {
        accounts.settledObject(id.backfill, settled);
        await world.compareCounts(id.backfill);
      }
      return result;
    },
  };
}
