// The product: the real reconcile in live mode, on the adapters of both clouds and the embedded ledger, put together as
// aws-worker/worker.ts does. What is left out is the queue and the HTTP server.

import { readWorkerConfig } from '../../aws-worker/config.ts';
import { connectLedger } from '../../aws-worker/connect-ledger.ts';
import { connectStorage } from '../../aws-worker/connect-storage.ts';
import { createBufferPool } from '../../aws-worker/transfer/buffer-pool.ts';
import { createMemoryBudget } from '../../aws-worker/transfer/memory-budget.ts';
import { createReconcile } from '../../aws-worker/transfer/reconcile.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { systemClock } from '../../shared/clock.ts';
import type { Environment } from '../../shared/environment.ts';
import { createLog } from '../../shared/log.ts';
import type { Variant } from './variant.ts';

export async function createBridgeVariant(environment: Environment): Promise<Variant> {
  const config = readWorkerConfig(environment);
  const { memoryBudgetBytes, partSizeBytes, maxConcurrentParts } = config.tuning;
  const log = createLog({ level: 'warn', write: line => process.stderr.write(line) });
  const storage = connectStorage(config, log);
  const ledger = await connectLedger(config, { workerId: 'bench', log });
  const reconcile = createReconcile({
    source: storage.source,
    destination: storage.destination,
    uploads: ledger.uploads,
    memory: createMemoryBudget({ totalBytes: memoryBudgetBytes, reservedForSmallBytes: memoryBudgetBytes / 8 }),
    buffers: createBufferPool({ maxIdleBytes: memoryBudgetBytes }),
    settings: {
      sourcePrefix: config.oss.prefix,
      destinationPrefix: config.s3.prefix,
      partSizeBytes,
      maxConcurrentParts,
      copyTags: config.copyTags,
      maxRounds: 5,
      roundBackoffMilliseconds: 200,
    },
    clock: systemClock,
    log,
  });
  return {
    async copy({ key, sizeBytes }) {
      const signal = new AbortController().signal;
      const request = { key, sizeHintBytes: sizeBytes, backfill: undefined, isDestinationEmpty: false };
      const outcome = await reconcile({ ...request, mode: 'live' }, { signal });
      if (outcome.kind !== 'copied' || outcome.sizeBytes !== sizeBytes) throw notCopied(key, outcome.kind);
    },
    async close() {
      await storage.close();
      await ledger.close();
    },
  };
}

function notCopied(key: string, outcome: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'bench-not-copied', message: `The outcome was ${outcome}.`, key });
}
