// What a worker says when its table cannot be opened, by the answers that DynamoDB and what stands before it give, over a real socket.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDynamodbClient } from '../../aws-worker/ledger/dynamodb-client.ts';
import { openDynamodbLedger } from '../../aws-worker/ledger/dynamodb-ledger.ts';
import { createLog } from '../../shared/log.ts';

interface Scripted {
  readonly status: number;
  readonly body: string;
}

let server: Server;
let answers: Scripted[];
let operations: string[];

beforeEach(async () => {
  answers = [];
  operations = [];
  server = createServer((request, response) => {
    request.resume();
    operations.push(String(request.headers['x-amz-target']).replace(/^.*\./, ''));
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) return; // silence
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const TABLE = 'bridge-ledger';

function open(options: { readonly maxWaitMilliseconds?: number; readonly signal?: AbortSignal } = {}) {
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const region = 'us-west-2';
  const client = createDynamodbClient({
    region,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  });
  const log = createLog({ level: 'silent' });
  return openDynamodbLedger({
    client,
    table: TABLE,
    region,
    workerId: 'one',
    log,
    maxWaitMilliseconds: 100,
    ...options,
  });
}

function described(table: Readonly<Record<string, unknown>> = {}): Scripted {
  const Table = {
    TableName: TABLE,
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'group', KeyType: 'HASH' },
      { AttributeName: 'row', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'group', AttributeType: 'S' },
      { AttributeName: 'row', AttributeType: 'S' },
    ],
    ...table,
  };
  return { status: 200, body: JSON.stringify({ Table }) };
}

function refused(name: string, message = 'In the words of AWS.'): Scripted {
  return { status: 400, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }) };
}

const KEYS_OF_ANOTHER = {
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
};

const lasting: readonly (readonly [string, Scripted, RegExp])[] = [
  ['is missing', refused('ResourceNotFoundException'), /no such table in us-west-2.*npx bridge init --yes/],
  [
    'may not be described',
    refused('AccessDeniedException', 'User: x is not authorized to perform: dynamodb:DescribeTable on resource: y'),
    /Allow dynamodb:DescribeTable.*aws-worker-ledger\.json/,
  ],
  ['is asked for with an expired token', refused('ExpiredTokenException'), /Renew AWS_SESSION_TOKEN/],
  ['is asked for with a wrong key', refused('UnrecognizedClientException'), /does not accept the credentials/],
  ["is another program's", described(KEYS_OF_ANOTHER), /another key schema \(HASH id S\) than a ledger/],
  ['is being deleted', described({ TableStatus: 'DELETING' }), /is being deleted.*npx bridge init --yes/],
  [
    'cannot be decrypted',
    described({ TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }),
    /its KMS key is disabled, deleted or not allowed/,
  ],
  ['is asked of another server', { status: 200, body: '<html></html>' }, /not DynamoDB.*AWS_ENDPOINT_URL_DYNAMODB/],
];

test.each(lasting)('a table that %s is said to need a person, and why', async (_, answer, sentence) => {
  answers = [answer];
  await expect(open()).rejects.toMatchObject({
    kind: 'permanent',
    code: 'ledger-unavailable',
    message: expect.stringMatching(sentence),
  });
  expect(operations).toEqual(['DescribeTable']);
});

const passing: readonly (readonly [string, Scripted, RegExp])[] = [
  ['is being made', described({ TableStatus: 'CREATING' }), /is being made/],
  ['is throttled', refused('ThrottlingException'), /DynamoDB throttles it/],
  ['cannot be served', { status: 503, body: '<html></html>' }, /could not serve it/],
];

test.each(passing)('a table that %s is asked for again, and then said to be busy', async (_, answer, sentence) => {
  answers = [answer];
  await expect(open()).rejects.toMatchObject({
    kind: 'retryable',
    code: 'ledger-busy',
    message: expect.stringMatching(sentence),
  });
  expect(operations.length).toBeGreaterThan(1);
});

test('a table that can be used after a while is opened', async () => {
  const format = { status: 200, body: JSON.stringify({ Item: { version: { N: '1' } } }) };
  answers = [refused('ThrottlingException'), described({ TableStatus: 'CREATING' }), described(), format];
  const ledger = await open({ maxWaitMilliseconds: 5_000 });
  await ledger.close();
  expect(operations).toEqual(['DescribeTable', 'DescribeTable', 'DescribeTable', 'GetItem']);
});

test('a stop ends the opening, though nobody answers', async () => {
  const stop = new AbortController();
  const opening = open({ maxWaitMilliseconds: 60_000, signal: stop.signal });
  await expect.poll(() => operations).toEqual(['DescribeTable']);
  stop.abort();
  await expect(opening).rejects.toMatchObject({ kind: 'cancelled' });
});
