// Looks at the table before anything is written to it: that it is there, can be used, and is a ledger's; and which format its rows have.

import {
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { Log } from '../../shared/log.ts';
import { HOW_TO_MAKE_IT } from './dynamodb-error-rules.ts';
import { busy, unavailable } from './dynamodb-errors.ts';
import { integerOf } from './dynamodb-items.ts';
import { FORMAT } from './dynamodb-keys.ts';
import { createRepeater } from './dynamodb-repeat.ts';
import type { DynamodbRequests } from './dynamodb-requests.ts';
import { ledgerTable } from './dynamodb-table.ts';
import { IS_NEW } from './dynamodb-writes.ts';

/** Of the rows that this release writes. A release that changes what rows mean, or where they lie, has a higher one. */
export const FORMAT_VERSION = 1;

export interface TablePlace {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly region: string;
  readonly maxWaitMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws BridgeError retryable `ledger-busy` while the table is being made or cannot be reached; permanent `ledger-unavailable` when a person must do
 * something, with what; cancelled
 */
export async function inspectTable(place: TablePlace): Promise<void> {
  const { client, table, signal } = place;
  await createRepeater(place)('DescribeTable', async () => {
    const { Table } = await client.send(
      new DescribeTableCommand({ TableName: table }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    refuseUnusable(table, Table?.TableStatus);
    refuseOtherKeys(table, Table ?? {});
  });
}

/** A table whose rows a newer release wrote is left alone; an empty one gets this release's format. */
export async function settleFormat(
  requests: DynamodbRequests,
  { table, log }: { readonly table: string; readonly log: Log },
): Promise<void> {
  const item = await requests.get(FORMAT);
  if (item === undefined) {
    // Not written: another worker was quicker, with a format that is looked at like any.
    if (await requests.write({ put: FORMAT, item: { version: FORMAT_VERSION }, where: IS_NEW })) {
      log.info('The ledger is new.', { table });
      return;
    }
    return await settleFormat(requests, { table, log });
  }
  const version = integerOf(item, 'version');
  if (version > FORMAT_VERSION) {
    throw unavailable(
      `The ledger's table ${table} was written by a newer release (format ${version}; this one knows up to ${FORMAT_VERSION}). Run that release or a later one; nothing was changed.`,
    );
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html */
const STATUS_ADVICE: Readonly<Record<string, string>> = {
  DELETING: `is being deleted. Let LEDGER_URL name another one, or make it again when it is gone: ${HOW_TO_MAKE_IT}`,
  INACCESSIBLE_ENCRYPTION_CREDENTIALS:
    'cannot be decrypted: its KMS key is disabled, deleted or not allowed. Enable the key, or allow DynamoDB to use it.',
  ARCHIVING: 'is being archived, because its KMS key has not been usable for long. Restore it from its backup.',
  ARCHIVED: 'is archived, because its KMS key has not been usable for long. Restore it from its backup.',
  REPLICATION_NOT_AUTHORIZED: 'is a replica that may not replicate. Let LEDGER_URL name a table of one region.',
};

function refuseUnusable(table: string, status: string | undefined): void {
  if (status === 'CREATING') throw busy(`The ledger's table ${table} is being made. It is looked at again.`);
  const advice = STATUS_ADVICE[status ?? ''];
  if (advice !== undefined) throw unavailable(`The ledger's table ${table} ${advice.replaceAll('{table}', table)}`);
}

function refuseOtherKeys(table: string, { KeySchema = [], AttributeDefinitions = [] }: TableDescription): void {
  const wanted = ledgerTable(table, { isProtected: false });
  const has = describeKeys(KeySchema, AttributeDefinitions);
  const needs = describeKeys(wanted.KeySchema ?? [], wanted.AttributeDefinitions ?? []);
  if (has === needs) return;
  throw unavailable(
    `The table ${table} has another key schema (${has}) than a ledger (${needs}): it is another program's. Nothing was changed. Let LEDGER_URL name another table, or make one: ${HOW_TO_MAKE_IT.replaceAll('{table}', 'NAME')}`,
  );
}

function describeKeys(
  keys: readonly KeySchemaElement[],
  attributes: NonNullable<TableDescription['AttributeDefinitions']>,
): string {
  const typeOf = (name: string | undefined) =>
    attributes.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? '?';
  return keys.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName} ${typeOf(AttributeName)}`).join(', ');
}
