// The doctor on a ledger in DynamoDB: whatever a worker must be allowed and is not, it says before a worker is told.

import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { examine } from '../../cli/doctor/examine.ts';
import { POLICIES } from '../../cli/init/policy-templates.ts';
import { type HttpRelay, type RelayRequest, startHttpRelay } from '../fakes/http-relay.ts';
import { iamActionsOf } from './iam-actions.ts';
import { CREDENTIALS, createTestTable, REGION, type TestTable } from './test-table.ts';

let table: TestTable;
let relay: HttpRelay;
type Decide = (
  operation: string,
  request: RelayRequest,
) => { readonly status: number; readonly body: string } | undefined;
let decide: Decide = () => undefined;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  table = await createTestTable();
  relay = await startHttpRelay({
    origin: table.endpoint,
    decide: request => decide(request.target?.split('.').at(-1) ?? '', request),
  });
});
afterEach(() => {
  decide = () => undefined;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await relay.close();
  await table.drop();
});

async function lookAtLedger() {
  const environment = {
    OSS_REGION: 'cn-hangzhou',
    OSS_BUCKET: 'source',
    OSS_ACCESS_KEY_ID: 'id',
    OSS_ACCESS_KEY_SECRET: 'secret',
    S3_BUCKET: 'destination',
    AWS_REGION: REGION,
    SQS_QUEUE_URL: `https://sqs.${REGION}.amazonaws.com/111122223333/live`,
    API_TOKEN: 'a-token-of-many-characters',
    LEDGER_URL: `dynamodb:${table.table}`,
    AWS_ENDPOINT_URL_DYNAMODB: relay.origin,
  };
  const results = await examine({ environment, only: ['ledger'], signal: new AbortController().signal });
  return results.at(-1);
}

async function rowsLeft() {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }));
  return Items.map(item => `${item.group?.S}/${item.row?.S}`);
}

test('all is ok, and leaves nothing but the format of a new table', async () => {
  expect(await lookAtLedger()).toMatchObject({
    item: { id: 'ledger' },
    finding: { status: 'ok', text: expect.stringContaining('can be read and written') },
  });
  expect(await rowsLeft()).toEqual(['format/format']);
});

const [statement] = POLICIES.workerDynamodb.Statement;

test.each(statement?.Action ?? [])('a policy without %s is a problem, which names it', async action => {
  let denied = 0;
  decide = (operation, { body }) => {
    if (!iamActionsOf(operation, body).includes(action)) return undefined;
    denied++;
    // In AWS's words.
    const message = `User: arn:aws:sts::111122223333:assumed-role/worker/i is not authorized to perform: ${action} on resource: table`;
    return {
      status: 400,
      body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message: message, message }),
    };
  };
  expect(await lookAtLedger()).toMatchObject({
    finding: {
      status: 'problem',
      code: 'ledger-unavailable',
      text: expect.stringContaining(`not allowed. Allow ${action} on it`),
    },
  });
  expect(denied).toBeGreaterThan(0);
  expect(await rowsLeft()).toEqual(['format/format']);
});

test('a server that knows no transactions is a problem', async () => {
  decide = operation =>
    operation === 'TransactWriteItems'
      ? { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#UnknownOperationException' }) }
      : undefined;
  expect(await lookAtLedger()).toMatchObject({
    finding: { status: 'problem', code: 'ledger-unavailable', text: expect.stringContaining('is not DynamoDB') },
  });
  expect(await rowsLeft()).toEqual(['format/format']);
});

test('a server that heeds no conditions is a problem', async () => {
  decide = (operation, { body }) =>
    operation === 'TransactWriteItems' && body.includes('"ConditionExpression"')
      ? { status: 200, body: '{}' }
      : undefined;
  expect(await lookAtLedger()).toMatchObject({
    finding: { status: 'problem', code: 'ledger-unavailable', text: expect.stringContaining('is not DynamoDB') },
  });
  expect(await rowsLeft()).toEqual(['format/format']);
});
