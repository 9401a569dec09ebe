// The ledger of a fleet: one DynamoDB table, shared by any number of workers on any number of machines of one region.

import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log } from '../../shared/log.ts';
import { createDynamodbBackfills } from './dynamodb-backfills.ts';
import { createDynamodbBatches } from './dynamodb-batches.ts';
import { createDynamodbCompletion } from './dynamodb-completion.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { createDynamodbCounters } from './dynamodb-counters.ts';
import { createDynamodbFailures } from './dynamodb-failures.ts';
import { inspectTable, settleFormat } from './dynamodb-open.ts';
import { createDynamodbPrune } from './dynamodb-prune.ts';
import { createDynamodbRanges } from './dynamodb-ranges.ts';
import { createDynamodbRequests } from './dynamodb-requests.ts';
import { createDynamodbRetries } from './dynamodb-retries.ts';
import { createDynamodbSelfTest } from './dynamodb-self-test.ts';
import { createDynamodbSilence } from './dynamodb-silence.ts';
import { createDynamodbStart } from './dynamodb-start.ts';
import { createDynamodbUploads } from './dynamodb-uploads.ts';
import { createDynamodbWorkers } from './dynamodb-workers.ts';
import type { Ledger } from './ledger.ts';

export interface DynamodbLedgerOptions {
  /** Closing the ledger destroys it; also when it cannot be opened. */
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The client's, for sentences that name it. */
  readonly region: string;
  /** Names this process's counters; unique in the fleet. */
  readonly workerId: string;
  readonly log: Log;
  readonly now?: () => Date;
  /** A clock that never goes back. */
  readonly milliseconds?: () => number;
  /** How long a request is tried before `ledger-busy`; 10 seconds unless told. */
  readonly maxWaitMilliseconds?: number;
  /** Ends the opening; without meaning once it is open. */
  readonly signal?: AbortSignal;
}

/** A transaction whose coordinator failed is ended by another one after 5 seconds, when it is asked for again. */
const DEFAULT_MAX_WAIT_MILLISECONDS = 10_000;
const ID_BYTES = 8;

/** @throws BridgeError retryable `ledger-busy`, permanent `ledger-unavailable`; cancelled */
export async function openDynamodbLedger(options: DynamodbLedgerOptions): Promise<Ledger> {
  const {
    client,
    table,
    region,
    workerId,
    log,
    now = () => new Date(),
    milliseconds = () => performance.now(),
    maxWaitMilliseconds = DEFAULT_MAX_WAIT_MILLISECONDS,
    signal,
  } = options;
  const place = { client, table, region, maxWaitMilliseconds };
  const requests = createDynamodbRequests(place);
  try {
    await inspectTable({ ...place, signal });
    await settleFormat(requests, { table, log });
  } catch (error) {
    await requests.close();
    throw error;
  }
  return createDynamodbLedger({
    requests,
    counters: createDynamodbCounters({ requests, workerId, milliseconds }),
    workerId,
    now,
    newId: () => randomBytes(ID_BYTES).toString('hex'),
  });
}

function createDynamodbLedger(context: DynamodbLedgerContext): Ledger {
  return {
    ...createDynamodbStart(context),
    ...createDynamodbBackfills(context),
    ...createDynamodbCompletion(context),
    ...createDynamodbRanges(context),
    ...createDynamodbBatches(context),
    ...createDynamodbRetries(context),
    ...createDynamodbSilence(context),
    ...createDynamodbFailures(context),
    ...createDynamodbWorkers(context),
    ...createDynamodbSelfTest(context),
    ...createDynamodbPrune(context),
    uploads: createDynamodbUploads(context),
    close: () => context.requests.close(),
  };
}
