import { expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

it('makes the table that the ledger expects, paid by the request', () => {
  const table = synthesize().resources.one('AWS::DynamoDB::Table');
  expect(table.properties).toEqual({
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'group', AttributeType: 'S' },
      { AttributeName: 'row', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'group', KeyType: 'HASH' },
      { AttributeName: 'row', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
  });
});

it('has no name of ours, which one that was left by a failed deployment would have already', () => {
  expect(synthesize().resources.one('AWS::DynamoDB::Table').properties.TableName).toBeUndefined();
});

it('keeps it when the stack goes', () => {
  expect(synthesize().resources.one('AWS::DynamoDB::Table').deletionPolicy).toBe('Retain');
});
