// Counts what ledgers ask of DynamoDB: request units, as the server counts them; and writes by row and request units by group, as partitions feel them.

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Key } from '../../aws-worker/ledger/dynamodb-keys.ts';
import { testClient } from './test-table.ts';

/** What the middleware sees of a request; an SDK's types end at its door. */
interface SeenInput {
  readonly Key?: SeenKey;
  readonly Item?: SeenKey;
  readonly ExpressionAttributeValues?: { readonly ':group'?: { readonly S: string } };
  readonly TransactItems?: readonly Readonly<Record<'Put' | 'Update' | 'Delete', SeenWrite | undefined>>[];
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}
interface SeenWrite {
  readonly Key?: SeenKey;
  readonly Item?: SeenKey;
}
type SeenKey = Readonly<Record<'group' | 'row', { readonly S: string }>>;
interface Consumed {
  readonly CapacityUnits?: number;
}

const READS: ReadonlySet<string> = new Set(['GetItem', 'Query', 'BatchGetItem']);

export class RequestCounts {
  requests = 0;
  readUnits = 0;
  writeUnits = 0;
  readonly byOperation = new Map<string, number>();
  /** `group row`. */
  readonly writesByRow = new Map<string, number>();
  readonly writesByGroup = new Map<string, number>();
  readonly readUnitsByGroup = new Map<string, number>();

  reset(): void {
    this.requests = 0;
    this.readUnits = 0;
    this.writeUnits = 0;
    for (const counts of [this.byOperation, this.writesByRow, this.writesByGroup, this.readUnitsByGroup])
      counts.clear();
  }

  /** A client whose requests are counted. */
  client(endpoint?: string): DynamoDBClient {
    const client = testClient(endpoint);
    client.middlewareStack.add(
      (next, context) => async asked => {
        const operation = String(context.commandName).replace(/Command$/, '');
        const answered = await next({ ...asked, input: { ...asked.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity } = answered.output as { readonly ConsumedCapacity?: Consumed | readonly Consumed[] };
        this.#note(operation, asked.input as SeenInput, unitsOf(ConsumedCapacity));
        return answered;
      },
      { step: 'initialize' },
    );
    return client;
  }

  #note(operation: string, input: SeenInput, units: number): void {
    if (operation === 'DescribeTable') return;
    this.requests++;
    add(this.byOperation, operation, 1);
    if (READS.has(operation)) {
      // DynamoDB takes one also for a query that finds nothing; its local version says none.
      const taken = Math.max(1, units);
      this.readUnits += taken;
      const groups = groupsRead(input);
      for (const group of groups) add(this.readUnitsByGroup, group, taken / groups.length);
      return;
    }
    this.writeUnits += units;
    for (const { group, row } of keysWritten(input)) {
      add(this.writesByRow, `${group} ${row}`, 1);
      add(this.writesByGroup, group, 1);
    }
  }
}

function groupsRead({ Key, ExpressionAttributeValues, RequestItems = {} }: SeenInput): readonly string[] {
  if (Key !== undefined) return [Key.group.S];
  const queried = ExpressionAttributeValues?.[':group']?.S;
  if (queried !== undefined) return [queried];
  return Object.values(RequestItems).flatMap(request =>
    (request as { readonly Keys: readonly SeenKey[] }).Keys.map(({ group }) => group.S),
  );
}

function keysWritten(input: SeenInput): readonly Key[] {
  const { TransactItems, RequestItems = {} } = input;
  const deleted: readonly SeenWrite[] = Object.values(RequestItems).flatMap(request =>
    (request as readonly { readonly DeleteRequest: { readonly Key: SeenKey } }[]).map(each => each.DeleteRequest),
  );
  const writes: readonly (SeenWrite | undefined)[] = TransactItems?.map(
    ({ Put, Update, Delete }) => Put ?? Update ?? Delete,
  ) ?? [input, ...deleted];
  return writes.flatMap(write => {
    const key = write?.Key ?? write?.Item;
    return key === undefined ? [] : [{ group: key.group.S, row: key.row.S }];
  });
}

function unitsOf(consumed: Consumed | readonly Consumed[] | undefined): number {
  const all = consumed === undefined ? [] : 'length' in consumed ? consumed : [consumed];
  return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

function add(counts: Map<string, number>, name: string, amount: number): void {
  counts.set(name, (counts.get(name) ?? 0) + amount);
}
