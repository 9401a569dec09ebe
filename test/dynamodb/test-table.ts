// A table of a test's own on DynamoDB Local, whose address `npm run test:dynamodb` passes on.

import { randomBytes } from 'node:crypto';
import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamodbClient } from '../../aws-worker/ledger/dynamodb-client.ts';
import { type DynamodbLedgerOptions, openDynamodbLedger } from '../../aws-worker/ledger/dynamodb-ledger.ts';
import { createLedgerTable } from '../../aws-worker/ledger/dynamodb-table.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { createLog } from '../../shared/log.ts';

export const REGION = 'us-east-1';
/** DynamoDB Local takes any. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface TestTable {
  readonly endpoint: string;
  readonly table: string;
  /** The test's own, for looks behind the ledger. */
  readonly client: DynamoDBClient;
  open(options: Pick<DynamodbLedgerOptions, 'workerId'> & OpenOptions): Promise<Ledger>;
  drop(): Promise<void>;
}

export interface OpenOptions extends Partial<Omit<DynamodbLedgerOptions, 'table' | 'region'>> {
  /** Something between the ledger and the server. */
  readonly endpoint?: string;
}

export function testEndpoint(): string {
  const endpoint = process.env.DYNAMODB_TEST_ENDPOINT;
  if (endpoint === undefined) throw new Error('DYNAMODB_TEST_ENDPOINT is missing: run npm run test:dynamodb.');
  return endpoint;
}

export function testClient(endpoint = testEndpoint()): DynamoDBClient {
  return createDynamodbClient({ region: REGION, endpoint, credentials: CREDENTIALS });
}

export async function createTestTable(): Promise<TestTable> {
  const endpoint = testEndpoint();
  const client = testClient();
  const table = `test-${randomBytes(8).toString('hex')}`;
  await createLedgerTable(client, { table, isProtected: false, signal: AbortSignal.timeout(30_000) });
  return {
    endpoint,
    table,
    client,
    open: ({ endpoint: own, ...options }) =>
      openDynamodbLedger({
        client: testClient(own),
        table,
        region: REGION,
        log: createLog({ level: 'silent' }),
        ...options,
      }),
    async drop() {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}
