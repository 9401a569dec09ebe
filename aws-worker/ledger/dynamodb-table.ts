// The ledger's table: one, with a partition key and a sort key of its own names, and no index, so that another program's table is never taken for it.
// Its settings are data, which `deploy/policies/aws-ledger-table.json` repeats for the AWS CLI (a test compares them).

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

/** The partition key: rows of one group lie together, and share its throughput. */
export const GROUP = 'group';
/** The sort key: names a row in its group. */
export const ROW = 'row';
/** Seconds since 1970; rows that nothing can need any more have it (ADR 0013). */
export const EXPIRY = 'expiresAt';

const CREATE_PATIENCE_SECONDS = 120;

/** On demand: it costs by the request, and nothing while nothing is moved. */
export function ledgerTable(table: string, options: { readonly isProtected: boolean }): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: GROUP, KeyType: 'HASH' },
      { AttributeName: ROW, KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: GROUP, AttributeType: 'S' },
      { AttributeName: ROW, AttributeType: 'S' },
    ],
    DeletionProtectionEnabled: options.isProtected,
  };
}

export function ledgerTimeToLive(table: string): UpdateTimeToLiveCommandInput {
  return { TableName: table, TimeToLiveSpecification: { AttributeName: EXPIRY, Enabled: true } };
}

/**
 * Makes the table and returns when it can be used. `isProtected`, as every table of value should be: with deletion protection and point-in-time recovery.
 * @throws what the SDK throws: `ResourceInUseException` when there is a table of this name
 */
export async function createLedgerTable(
  client: DynamoDBClient,
  options: { readonly table: string; readonly isProtected: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { table, isProtected, signal } = options;
  const abortable = { abortSignal: signal };
  await client.send(new CreateTableCommand(ledgerTable(table, { isProtected })), abortable);
  await waitUntilTableExists({ client, maxWaitTime: CREATE_PATIENCE_SECONDS, ...abortable }, { TableName: table });
  await client.send(new UpdateTimeToLiveCommand(ledgerTimeToLive(table)), abortable);
  if (!isProtected) return;
  const recovery = { PointInTimeRecoveryEnabled: true };
  await client.send(
    new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification: recovery }),
    abortable,
  );
}
