import { expect, test } from 'vitest';
import { transactItemOf } from '../../../../aws-worker/ledger/dynamodb-writes.ts';

const KEY = { group: 'g', row: 'r' };
const Key = { group: { S: 'g' }, row: { S: 'r' } };

test('a put has its place and its attributes; without a condition no placeholders', () => {
  expect(transactItemOf('table', { put: KEY, item: { status: 'running', reason: undefined } })).toEqual({
    Put: { TableName: 'table', Item: { ...Key, status: { S: 'running' } } },
  });
});

test('every name in an expression is a placeholder, so none is a reserved word', () => {
  const write = {
    update: KEY,
    change: 'SET #status = :to REMOVE #reason ADD #count :one',
    where: '#status = :from AND attribute_not_exists(#retry)',
    values: { to: 'paused', from: 'running', one: 1, unused: undefined },
  };
  expect(transactItemOf('table', write)).toEqual({
    Update: {
      TableName: 'table',
      Key,
      UpdateExpression: write.change,
      ConditionExpression: write.where,
      ExpressionAttributeNames: { '#status': 'status', '#reason': 'reason', '#count': 'count', '#retry': 'retry' },
      ExpressionAttributeValues: { ':to': { S: 'paused' }, ':from': { S: 'running' }, ':one': { N: '1' } },
    },
  });
});

test('a delete on a condition without values has none', () => {
  expect(transactItemOf('table', { delete: KEY, where: 'attribute_exists(#row)' })).toEqual({
    Delete: {
      TableName: 'table',
      Key,
      ConditionExpression: 'attribute_exists(#row)',
      ExpressionAttributeNames: { '#row': 'row' },
    },
  });
});
