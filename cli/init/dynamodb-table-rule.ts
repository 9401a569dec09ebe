// What the ledger needs its table to be, and what of one that exists is not so. Pure.

import type {
  CreateTableCommandInput,
  KeySchemaElement,
  TableDescription,
  UpdateTimeToLiveCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Difference, Finding } from './resource.ts';

/** Given by the ledger, so that what is made and what is used cannot differ. */
export interface LedgerTable {
  readonly table: CreateTableCommandInput;
  readonly timeToLive: UpdateTimeToLiveCommandInput;
}

type Indexed = Pick<TableDescription, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes'>;

/** Of a table that is there, and not only being made. */
export function compareTable(wanted: CreateTableCommandInput, found: TableDescription): Finding {
  const name = wanted.TableName ?? '';
  if (found.TableStatus === 'DELETING') {
    return { state: 'blocked', reason: `The table ${name} is being deleted. Run init again when it is gone.` };
  }
  if (found.TableStatus === 'ARCHIVED' || found.TableStatus === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
    const reason = `The table ${name} cannot be used: its status is ${found.TableStatus}. Mend its KMS key, or name another table in LEDGER_URL.`;
    return { state: 'blocked', reason };
  }
  const [has, needs] = [keyText(found.KeySchema, found), keyText(wanted.KeySchema, wanted)];
  if (has !== needs) {
    const reason = `The table ${name} is something else: its key is ${has}, and the ledger needs ${needs}. A key can never be changed: name another table in LEDGER_URL, or delete this one if nobody needs it.`;
    return { state: 'blocked', reason };
  }
  const differences = [...compareIndexes(wanted, found), ...compareProtection(wanted, found), ...compareBilling(found)];
  return differences.length === 0 ? { state: 'equal' } : { state: 'differs', differences };
}

function compareIndexes(wanted: CreateTableCommandInput, found: TableDescription): readonly Difference[] {
  return (wanted.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName = '' }) => {
    const [is, wouldBe] = [indexText(found, IndexName), indexText(wanted, IndexName)];
    const note = 'Building an index reads the whole table. Add it by hand, or name another table in LEDGER_URL.';
    return is === wouldBe ? [] : [{ setting: `index ${IndexName}`, is, wouldBe, isSafe: false, note }];
  });
}

function indexText(table: CreateTableCommandInput | TableDescription, name: string): string {
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
  return index === undefined ? 'none' : `${keyText(index.KeySchema, table)}, ${index.Projection?.ProjectionType}`;
}

/** More protection takes nothing from anybody. */
function compareProtection(wanted: CreateTableCommandInput, found: TableDescription): readonly Difference[] {
  const [is, wouldBe] = [found.DeletionProtectionEnabled ?? false, wanted.DeletionProtectionEnabled ?? false];
  if (is || !wouldBe) return [];
  return [{ setting: 'DeletionProtectionEnabled', is: 'false', wouldBe: 'true', isSafe: true }];
}

/** Capacity that somebody provisioned is a decision about money. */
function compareBilling({ BillingModeSummary }: TableDescription): readonly Difference[] {
  const is = BillingModeSummary?.BillingMode ?? 'PROVISIONED';
  if (is === 'PAY_PER_REQUEST') return [];
  const note = 'Too little capacity throttles the workers.';
  return [{ setting: 'BillingMode', is, wouldBe: 'PAY_PER_REQUEST', isSafe: false, note }];
}

/** `group (S) + row (S)` */
function keyText(schema: readonly KeySchemaElement[] = [], { AttributeDefinitions = [] }: Indexed): string {
  const typeOf = (name: string | undefined) =>
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? '?';
  return schema.map(({ AttributeName }) => `${AttributeName} (${typeOf(AttributeName)})`).join(' + ');
}
