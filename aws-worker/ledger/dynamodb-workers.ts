// Which workers are alive, and whether the ledger can be written at all.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { probeKey, WORKERS, workerKey } from './dynamodb-keys.ts';
import { EXPIRY } from './dynamodb-table.ts';
import type { Ledger } from './ledger.ts';

/** A container's id never comes back. DynamoDB removes what expired within days: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
const FORGET_AFTER_SECONDS = 7 * 24 * 60 * 60;

export type DynamodbWorkers = Pick<Ledger, 'heartbeat' | 'countWorkers' | 'probe'>;

export function createDynamodbWorkers({ requests, workerId, now }: DynamodbLedgerContext): DynamodbWorkers {
  const expiry = () => ({ [EXPIRY]: Math.floor(now().getTime() / 1000) + FORGET_AFTER_SECONDS });
  return {
    heartbeat: async ({ id, host }) => {
      await requests.write({ put: workerKey(id), item: { host, heardAt: now().getTime(), ...expiry() } });
    },

    countWorkers: async ({ since }) => {
      const heard = { filter: '#heardAt >= :since', values: { since: since.getTime() } };
      return (await requests.queryAll({ group: WORKERS, ...heard })).length;
    },

    probe: async () => {
      await requests.write({ put: probeKey(workerId), item: { writtenAt: now().getTime(), ...expiry() } });
    },
  };
}
