// One table's requests, each tried until it is answered or the patience is over. Reads are strongly consistent, all of them.
// A transaction has a token, the same for each try whose answer did not come, by which DynamoDB knows one that it has carried out already (for ten minutes): the
// answer that got lost comes again, and what it wrote is not written twice. So whoever is told that a condition failed was not beaten by himself. One that
// was cancelled, by a conflict or by throttling, has not been carried out; tried again it is another transaction, with a token of its own. But once an answer
// has been lost that try may have been carried out, whatever becomes of later ones, and only its token tells: it is kept to the end.
// What may simply be repeated (a row put or changed to the same values) needs none.
// Every transaction of the ledger also has a condition that its own success makes false, so one that arrives very late, after all its tries, does nothing.

import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { refusedWrites, unavailable } from './dynamodb-errors.ts';
import type { Item, Values } from './dynamodb-items.ts';
import type { Key } from './dynamodb-keys.ts';
import { createRepeater } from './dynamodb-repeat.ts';
import { GROUP, ROW } from './dynamodb-table.ts';
import { deleteOf, keyOf, placeholdersOf, putOf, transactItemOf, updateOf, type Write } from './dynamodb-writes.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH_READS = 100;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH_DELETES = 25;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const TRANSACTION_WRITES = 100;

export interface Query {
  readonly group: string;
  /** Rows whose names begin so. */
  readonly prefix?: string;
  /** Rows whose names are greater. */
  readonly after?: string | undefined;
  readonly filter?: string;
  readonly values?: Values;
  readonly isDescending?: boolean;
  /** Rows to a request, before the filter. Left out: as many as 1 MB holds. */
  readonly pageRows?: number;
}

export interface DynamodbRequests {
  get(key: Key): Promise<Item | undefined>;
  /** Those that there are, in any order. */
  getAll(keys: readonly Key[]): Promise<readonly Item[]>;
  /** In order of the rows' names, page by page as they are asked for. Not a snapshot: each page is read when it is. */
  query(query: Query): AsyncGenerator<Item, void, undefined>;
  queryAll(query: Query): Promise<readonly Item[]>;
  /** True: written. False: its condition did not hold. For writes that may be repeated. */
  write(write: Write): Promise<boolean>;
  /** All or none. Empty: written. Otherwise which ones' conditions did not hold, and nothing was written. At most TRANSACTION_WRITES. */
  transact(writes: readonly Write[]): Promise<readonly number[]>;
  deleteAll(keys: readonly Key[]): Promise<void>;
  /** Begins again, as long as a request is tried, while the work throws a retryable error: somebody else was quicker. */
  repeat<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Ends after the requests that were asked for. May be repeated. */
  close(): Promise<void>;
}

export interface DynamodbRequestsOptions {
  /** Destroyed by `close`. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly region: string;
  /** How long to go on trying before `ledger-busy`. */
  readonly maxWaitMilliseconds: number;
}

export function createDynamodbRequests(options: DynamodbRequestsOptions): DynamodbRequests {
  const { client, table } = options;
  const repeatUntilAnswered = createRepeater(options);
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  const ask = async <T>(operation: string, attempt: () => Promise<T>): Promise<T> => {
    if (isClosed) throw unavailable(`The ledger's table ${table} was closed by this worker.`);
    const asked = repeatUntilAnswered(operation, attempt);
    underWay.add(asked);
    try {
      return await asked;
    } finally {
      underWay.delete(asked);
    }
  };

  async function* query({ group, prefix, after, filter, values, isDescending, pageRows }: Query) {
    const condition = [
      `#${GROUP} = :group`,
      ...(prefix === undefined ? [] : [`begins_with(#${ROW}, :prefix)`]),
      ...(after === undefined ? [] : [`#${ROW} > :after`]),
    ].join(' AND ');
    let last: Item | undefined;
    do {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: condition,
        ...(filter === undefined ? {} : { FilterExpression: filter }),
        ...placeholdersOf(`${condition} ${filter ?? ''}`, { ...values, group, prefix, after }),
        ScanIndexForward: isDescending !== true,
        ...(pageRows === undefined ? {} : { Limit: pageRows }),
        ...(last === undefined ? {} : { ExclusiveStartKey: last }),
      };
      const page = await ask('Query', () => client.send(new QueryCommand(input)));
      yield* page.Items ?? [];
      last = page.LastEvaluatedKey;
    } while (last !== undefined);
  }

  const getSome = async (keys: readonly Key[]): Promise<readonly Item[]> => {
    const found: Item[] = [];
    let left = keys.map(keyOf);
    await ask('BatchGetItem', async () => {
      const request = { [table]: { Keys: left, ConsistentRead: true } };
      const answer = await client.send(new BatchGetItemCommand({ RequestItems: request }));
      found.push(...(answer.Responses?.[table] ?? []));
      left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (left.length > 0) throw leftOver('BatchGetItem');
    });
    return found;
  };

  const deleteSome = async (keys: readonly Key[]): Promise<void> => {
    let left = keys.map(key => ({ DeleteRequest: { Key: keyOf(key) } }));
    await ask('BatchWriteItem', async () => {
      const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
      left = (answer.UnprocessedItems?.[table] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key === undefined ? [] : [{ DeleteRequest: { Key: DeleteRequest.Key } }],
      );
      if (left.length > 0) throw leftOver('BatchWriteItem');
    });
  };

  return {
    get: key =>
      ask('GetItem', async () => {
        const answer = await client.send(
          new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }),
        );
        return answer.Item;
      }),
    getAll: async keys => (await Promise.all(chunksOf(keys, BATCH_READS).map(getSome))).flat(),
    query,
    queryAll: async asked => {
      const items: Item[] = [];
      for await (const item of query(asked)) items.push(item);
      return items;
    },
    write: write =>
      ask(operationOf(write), async () => {
        try {
          await send(client, table, write);
          return true;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        }
      }),
    transact: async writes => {
      if (writes.length > TRANSACTION_WRITES) throw new RangeError(`${writes.length} writes exceed one transaction.`);
      const items = writes.map(write => transactItemOf(table, write));
      let token = randomUUID();
      let mayBeDone = false;
      return await ask('TransactWriteItems', async () => {
        try {
          await client.send(new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: token }));
          return [];
        } catch (error) {
          const refused = refusedWrites(error);
          if (refused !== undefined) return refused;
          if (!(error instanceof TransactionCanceledException)) mayBeDone = true;
          else if (!mayBeDone) token = randomUUID();
          throw error;
        }
      });
    },
    deleteAll: async keys => {
      for (const some of chunksOf(keys, BATCH_DELETES)) await deleteSome(some);
    },
    repeat: repeatUntilAnswered,
    close: async () => {
      isClosed = true;
      await Promise.allSettled(underWay);
      client.destroy();
    },
  };
}

async function send(client: DynamoDBClient, table: string, write: Write): Promise<void> {
  if ('put' in write) await client.send(new PutItemCommand(putOf(table, write)));
  else if ('update' in write) await client.send(new UpdateItemCommand(updateOf(table, write)));
  else await client.send(new DeleteItemCommand(deleteOf(table, write)));
}

function operationOf(write: Write): string {
  if ('put' in write) return 'PutItem';
  return 'update' in write ? 'UpdateItem' : 'DeleteItem';
}

/** What DynamoDB did not get to; it says no more than that. */
function leftOver(operation: string): Error {
  const error = new Error(`Some of ${operation} was not processed.`);
  error.name = 'ThrottlingException';
  return error;
}

function chunksOf<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
