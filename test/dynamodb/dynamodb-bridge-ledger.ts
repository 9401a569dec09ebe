// A table that the workers of a bridge share.

import { type QueryCommandOutput, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { BridgeLedger } from '../acceptance/bridge-ledger.ts';
import { REGION, type TestTable } from './test-table.ts';

/** `endpoint`: as the workers reach it. */
export function dynamodbBridgeLedger({
  table,
  endpoint,
  client,
}: Pick<TestTable, 'table' | 'endpoint' | 'client'>): BridgeLedger {
  return {
    environment: { LEDGER_URL: `dynamodb:${table}`, AWS_ENDPOINT_URL_DYNAMODB: endpoint, AWS_REGION: REGION },
    async uploadRows() {
      const groups: string[] = [];
      let last: QueryCommandOutput['LastEvaluatedKey'];
      do {
        const page = await client.send(
          new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: last }),
        );
        groups.push(...(page.Items ?? []).map(item => item.group?.S ?? ''));
        last = page.LastEvaluatedKey;
      } while (last !== undefined);
      const count = (kind: RegExp) => groups.filter(group => kind.test(group)).length;
      return { uploads: count(/^uploads#/), parts: count(/^parts#/), unnamed: count(/^unnamed-uploads$/) };
    },
  };
}
