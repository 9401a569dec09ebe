import type { DynamodbCounters } from './dynamodb-counters.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';

/** What each part of the DynamoDB ledger is made from. */
export interface DynamodbLedgerContext {
  readonly requests: DynamodbRequests;
  readonly counters: DynamodbCounters;
  /** Names this process's counters. */
  readonly workerId: string;
  readonly now: () => Date;
  /** Never the same twice: for backfills and rows. Lower-case hex. */
  readonly newId: () => string;
}
