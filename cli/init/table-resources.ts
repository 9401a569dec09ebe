// The ledger's table, the time to live of its rows, and its recovery: three resources, because DynamoDB takes them in three requests, and init may be
// stopped between any two.

import type { TableCalls } from './dynamodb-calls.ts';
import { compareTable, type LedgerTable } from './dynamodb-table-rule.ts';
import { type Finding, type Resource, sightOf } from './resource.ts';
import { type Patience, untilShown } from './settle.ts';

export interface TableParts {
  readonly calls: TableCalls;
  readonly definition: LedgerTable;
  readonly patience: Patience;
}

export function createTableResources(parts: TableParts): readonly Resource[] {
  return [createTable(parts), createTimeToLive(parts), createRecovery(parts)];
}

function createTable({ calls, definition, patience }: TableParts): Resource {
  const { TableName: name = '', KeySchema = [] } = definition.table;
  const inspect = async (signal: AbortSignal): Promise<Finding> => {
    const found = await calls.describe(name, signal);
    // One that is being made is one that an init was stopped over: making it again waits for it.
    const isMade = found !== undefined && found.TableStatus !== 'CREATING';
    return isMade ? compareTable(definition.table, found) : { state: 'missing' };
  };
  return {
    kind: 'table',
    name,
    settings: ['pays per request', `key ${KeySchema.map(({ AttributeName }) => AttributeName).join(', ')}`],
    inspect,
    async create(signal) {
      await calls.create(definition.table, signal);
      return await untilShown(`table ${name}`, async () => sightOf(await inspect(signal)), { patience, signal });
    },
    async update(_, signal) {
      await calls.protect(name, signal);
      const look = async () => {
        const seen = await inspect(signal);
        const left = seen.state === 'differs' ? seen.differences : [];
        return { seen, isSettled: !left.some(({ isSafe }) => isSafe) };
      };
      return await untilShown(`table ${name}`, look, { patience, signal });
    },
  };
}

function createTimeToLive({ calls, definition, patience }: TableParts): Resource {
  const { TableName: name = '', TimeToLiveSpecification } = definition.timeToLive;
  const attribute = TimeToLiveSpecification?.AttributeName ?? '';
  const inspect = async (signal: AbortSignal): Promise<Finding> => {
    const { TimeToLiveStatus: status, AttributeName: found } = (await calls.timeToLive(name, signal)) ?? {};
    if (status === undefined || status === 'DISABLED') return { state: 'missing' };
    if (status !== 'DISABLING' && found === attribute) return { state: 'equal' };
    const note = 'DynamoDB takes one change of it an hour. Switch it off, and run init an hour later.';
    const is = `${found ?? '?'} (${status})`;
    return { state: 'differs', differences: [{ setting: 'attribute', is, wouldBe: attribute, isSafe: false, note }] };
  };
  return {
    kind: 'time to live of table',
    name,
    settings: [`rows are deleted some time after what their ${attribute} says`],
    inspect,
    async create(signal) {
      await calls.setTimeToLive(definition.timeToLive, signal);
      const look = async () => sightOf(await inspect(signal));
      return await untilShown(`time to live of table ${name}`, look, { patience, signal });
    },
    update: (_, signal) => inspect(signal), // no difference of it is safe
  };
}

function createRecovery({ calls, definition, patience }: TableParts): Resource {
  const { TableName: name = '' } = definition.table;
  const inspect = async (signal: AbortSignal): Promise<Finding> =>
    (await calls.hasRecovery(name, signal)) ? { state: 'equal' } : { state: 'missing' };
  return {
    kind: 'recovery of table',
    name,
    settings: ['to any second of the last 35 days'],
    inspect,
    async create(signal) {
      const look = async () => ((await calls.setRecovery(name, signal)) ? sightOf(await inspect(signal)) : undefined);
      return await untilShown(`recovery of table ${name}`, look, { patience, signal });
    },
    update: (_, signal) => inspect(signal), // it is there or not
  };
}
