// The ledger that LEDGER_URL names. Part of the composition root.

import type { Log } from '../shared/log.ts';
import type { WorkerConfig } from './config.ts';
import { createDynamodbClient } from './ledger/dynamodb-client.ts';
import { openDynamodbLedger } from './ledger/dynamodb-ledger.ts';
import type { Ledger } from './ledger/ledger.ts';
import { openSqliteLedger } from './ledger/sqlite-ledger.ts';

/** @throws BridgeError retryable `ledger-busy`, permanent `ledger-unavailable`; cancelled; nothing stays open then */
export async function connectLedger(
  { ledger }: Pick<WorkerConfig, 'ledger'>,
  options: { readonly workerId: string; readonly log: Log; readonly signal?: AbortSignal },
): Promise<Ledger> {
  if (ledger.kind === 'sqlite') return await openSqliteLedger({ path: ledger.path, ...options });
  const { table, region, endpoint } = ledger;
  return await openDynamodbLedger({ client: createDynamodbClient({ region, endpoint }), table, region, ...options });
}
