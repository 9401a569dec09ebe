// The ledger's table: keys, indexes and what the worker does with it. Whoever changes the worker's DynamoDB ledger changes it here, and nowhere else.

import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type GlobalSecondaryIndexProps, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

const PARTITION_KEY = { name: 'group', type: AttributeType.STRING };
const SORT_KEY = { name: 'row', type: AttributeType.STRING };
/** Rows that nothing needs any more have it. */
const EXPIRY_ATTRIBUTE = 'expiresAt';
const INDEXES: readonly GlobalSecondaryIndexProps[] = [];
/** Transactions are allowed by the actions that they are made of. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:DescribeTable',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/**
 * It outlives the stack: it holds what backfills owe, and the checkpoints of large objects. So its name is CloudFormation's to make: under a name of
 * ours, the table that a first deployment left when it was rolled back would be in the way of the next one.
 */
export function createLedgerTable(scope: Construct): Table {
  const table = new Table(scope, 'Ledger', {
    partitionKey: PARTITION_KEY,
    sortKey: SORT_KEY,
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: EXPIRY_ATTRIBUTE,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const index of INDEXES) table.addGlobalSecondaryIndex(index);
  return table;
}

export function ledgerStatements(table: Table): readonly PolicyStatement[] {
  const statements = [new PolicyStatement({ sid: 'Ledger', actions: ACTIONS, resources: [table.tableArn] })];
  if (INDEXES.length > 0) {
    const resources = INDEXES.map(({ indexName }) => `${table.tableArn}/index/${indexName}`);
    statements.push(new PolicyStatement({ sid: 'LedgerIndexes', actions: ['dynamodb:Query'], resources }));
  }
  return statements;
}
