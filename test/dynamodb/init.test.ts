// What init makes on a real DynamoDB is what the ledger opens, and what the policy for the worker allows is what the ledger asks: no more, no less.

import { DeleteTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { openDynamodbLedger } from '../../aws-worker/ledger/dynamodb-ledger.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { connectDynamodb } from '../../cli/init/dynamodb-calls.ts';
import { defineLedgerTable } from '../../cli/init/dynamodb-ledger-table.ts';
import { POLICIES } from '../../cli/init/policy-templates.ts';
import { createTableResources } from '../../cli/init/table-resources.ts';
import { createLog } from '../../shared/log.ts';
import { ledgerContract } from '../contract/ledger.ts';
import { startHttpRelay } from '../fakes/http-relay.ts';
import { iamActionsOf } from './iam-actions.ts';
import { CREDENTIALS, createTestTable, REGION, testClient, testEndpoint } from './test-table.ts';

const TABLE = 'made-by-init';

describe('init', () => {
  it('makes a table that a ledger opens, and finds it equal', async () => {
    const connection = { region: REGION, endpoints: { DYNAMODB: testEndpoint() }, credentials: CREDENTIALS };
    const calls = connectDynamodb(connection);
    const patience = { everyMilliseconds: 50, atMostMilliseconds: 20_000 };
    const { signal } = new AbortController();
    // DynamoDB Local knows no backups.
    const resources = createTableResources({ calls, definition: defineLedgerTable(TABLE), patience }).slice(0, 2);
    for (const resource of resources) {
      expect(await resource.inspect(signal)).toEqual({ state: 'missing' });
      expect(await resource.create(signal)).toEqual({ state: 'equal' });
      expect(await resource.inspect(signal)).toEqual({ state: 'equal' });
      // Its answer may have been lost.
      expect(await resource.create(signal)).toEqual({ state: 'equal' });
    }
    const client = testClient();
    const log = createLog({ level: 'silent' });
    const ledger = await openDynamodbLedger({ client, table: TABLE, region: REGION, workerId: 'one', log });
    await ledger.probe();
    await ledger.close();
    const owner = testClient();
    await owner.send(new UpdateTableCommand({ TableName: TABLE, DeletionProtectionEnabled: false }));
    await owner.send(new DeleteTableCommand({ TableName: TABLE }));
    owner.destroy();
    calls.close();
  });
});

describe('the policy for the worker', () => {
  const asked = new Set<string>();
  const [statement] = POLICIES.workerDynamodb.Statement;

  ledgerContract(
    'DynamoDB, through a relay that takes notes',
    async ({ now }) => {
      const table = await createTestTable();
      const relay = await startHttpRelay({
        origin: table.endpoint,
        decide({ target = '', body }) {
          for (const action of iamActionsOf(target.split('.').at(-1) ?? '', body)) asked.add(action);
          return undefined;
        },
      });
      const opened: Ledger[] = [];
      const attach = async (workerId: string) => {
        const ledger = await table.open({ workerId, now, endpoint: relay.origin });
        opened.push(ledger);
        return ledger;
      };
      const closeAll = async () => {
        for (const ledger of opened.splice(0)) await ledger.close();
      };
      return {
        ledger: await attach('one'),
        attach,
        reopen: async () => {
          await closeAll();
          return await attach('one');
        },
        dispose: async () => {
          await closeAll();
          await relay.close();
          await table.drop();
        },
      };
    },
    { histories: 1, protocolRuns: 1 },
  );

  afterAll(() => {
    expect([...asked].sort()).toEqual([...(statement?.Action ?? [])].sort());
  });
});
