import type { CreateTableCommandInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { compareTable } from '../../../../cli/init/dynamodb-table-rule.ts';

const WANTED: CreateTableCommandInput = {
  TableName: 'ledger',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'group', KeyType: 'HASH' },
    { AttributeName: 'row', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'group', AttributeType: 'S' },
    { AttributeName: 'row', AttributeType: 'S' },
    { AttributeName: 'due', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-due',
      KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  DeletionProtectionEnabled: true,
};
const { BillingMode: _, ...described } = WANTED;
const EQUAL: TableDescription = {
  ...described,
  TableStatus: 'ACTIVE',
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
};

describe('a table that exists', () => {
  it.each<[what: string, found: TableDescription]>([
    ['as it was made', EQUAL],
    ['while somebody changes it', { ...EQUAL, TableStatus: 'UPDATING' }],
    [
      'with an index of somebody else',
      { ...EQUAL, GlobalSecondaryIndexes: [...(EQUAL.GlobalSecondaryIndexes ?? []), { IndexName: 'x' }] },
    ],
  ])('%s is equal', (_what, found) => {
    expect(compareTable(WANTED, found)).toEqual({ state: 'equal' });
  });

  it.each<[what: string, found: TableDescription, reason: string]>([
    ['is being deleted', { ...EQUAL, TableStatus: 'DELETING' }, 'Run init again when it is gone.'],
    ['lost its key', { ...EQUAL, TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, 'Mend its KMS key'],
    [
      'has another key',
      { ...EQUAL, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
      'its key is id (?), and the ledger needs group (S) + row (S)',
    ],
    [
      'has a key of another type',
      {
        ...EQUAL,
        AttributeDefinitions: [
          { AttributeName: 'group', AttributeType: 'S' },
          { AttributeName: 'row', AttributeType: 'N' },
        ],
      },
      'its key is group (S) + row (N)',
    ],
  ])('is blocked when it %s', (_what, found, reason) => {
    expect(compareTable(WANTED, found)).toEqual({ state: 'blocked', reason: expect.stringContaining(reason) });
  });

  it.each<[what: string, found: TableDescription, setting: string, is: string, isSafe: boolean]>([
    ['without an index', { ...EQUAL, GlobalSecondaryIndexes: [] }, 'index by-due', 'none', false],
    ['with paid capacity', { ...EQUAL, BillingModeSummary: undefined }, 'BillingMode', 'PROVISIONED', false],
    [
      'that anybody can delete',
      { ...EQUAL, DeletionProtectionEnabled: false },
      'DeletionProtectionEnabled',
      'false',
      true,
    ],
  ])('%s differs', (_what, found, setting, is, isSafe) => {
    expect(compareTable(WANTED, found)).toMatchObject({ state: 'differs', differences: [{ setting, is, isSafe }] });
  });
});
