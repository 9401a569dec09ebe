// A DynamoDB that makes and describes tables, and holds no rows: how long a new one is CREATING is told it, so that waiting can be seen.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

type Input = Readonly<Record<string, unknown>>;

export interface StubTable {
  /** As CreateTable was told. */
  readonly input: Input;
  status: string;
  /** Looks that it still takes before it is ACTIVE. */
  looksLeft: number;
  timeToLive: { status: string; attribute?: string };
  recovery: boolean;
}

export interface DynamodbTablesStub {
  readonly origin: string;
  readonly tables: Map<string, StubTable>;
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export async function startDynamodbTablesStub(options: { readonly looks?: number } = {}): Promise<DynamodbTablesStub> {
  const tables = new Map<string, StubTable>();
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input: Input = JSON.parse(await text(request));
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() };
    try {
      const output = ACTIONS[action]?.(tables, input, options.looks ?? 1);
      if (output === undefined) throw new Refusal('UnknownOperationException', action);
      response.writeHead(200, headers).end(JSON.stringify(output));
    } catch (error) {
      const { code, message } = error instanceof Refusal ? error : { code: 'InternalServerError', message: '' };
      const type = `com.amazonaws.dynamodb.v20120810#${code}`;
      response.writeHead(400, headers).end(JSON.stringify({ __type: type, message }));
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    tables,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Action = (tables: Map<string, StubTable>, input: Input, looks: number) => object;

const ACTIONS: Readonly<Record<string, Action>> = {
  CreateTable(tables, input, looksLeft) {
    const name = String(input.TableName);
    if (tables.has(name)) throw new Refusal('ResourceInUseException', `Table already exists: ${name}`);
    const timeToLive = { status: 'DISABLED' };
    tables.set(name, { input, status: 'CREATING', looksLeft, timeToLive, recovery: false });
    return { TableDescription: { TableName: name, TableStatus: 'CREATING' } };
  },
  DescribeTable(tables, input) {
    const table = find(tables, input);
    if (table.status === 'CREATING' && table.looksLeft-- <= 0) table.status = 'ACTIVE';
    const { BillingMode, ...described } = table.input;
    return { Table: { ...described, TableStatus: table.status, BillingModeSummary: { BillingMode } } };
  },
  UpdateTable(tables, input) {
    const table = find(tables, input);
    tables.set(String(input.TableName), { ...table, input: { ...table.input, ...input } });
    return { TableDescription: {} };
  },
  DescribeTimeToLive(tables, input) {
    const { timeToLive } = find(tables, input);
    return { TimeToLiveDescription: { TimeToLiveStatus: timeToLive.status, AttributeName: timeToLive.attribute } };
  },
  UpdateTimeToLive(tables, input) {
    const table = active(find(tables, input));
    if (table.timeToLive.status !== 'DISABLED')
      throw new Refusal('ValidationException', 'TimeToLive is already enabled');
    const { AttributeName } = input.TimeToLiveSpecification as { AttributeName: string };
    table.timeToLive = { status: 'ENABLED', attribute: AttributeName };
    return { TimeToLiveSpecification: input.TimeToLiveSpecification };
  },
  DescribeContinuousBackups(tables, input) {
    const PointInTimeRecoveryStatus = find(tables, input, 'TableNotFoundException').recovery ? 'ENABLED' : 'DISABLED';
    return {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus },
      },
    };
  },
  UpdateContinuousBackups(tables, input) {
    active(find(tables, input, 'TableNotFoundException')).recovery = true;
    return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED' } };
  },
};

function find(tables: Map<string, StubTable>, input: Input, code = 'ResourceNotFoundException'): StubTable {
  const table = tables.get(String(input.TableName));
  if (table === undefined) throw new Refusal(code, `Requested resource not found: Table: ${input.TableName} not found`);
  return table;
}

function active(table: StubTable): StubTable {
  if (table.status !== 'ACTIVE') throw new Refusal('ResourceInUseException', 'Attempt to change a resource in use');
  return table;
}
