// What is written, as plain data: a row that is put, changed or deleted, perhaps on a condition. In the expressions an attribute's name stands behind `#`,
// so that none is taken for one of DynamoDB's hundreds of reserved words, and a value behind `:`.

import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Item, itemOf, type Values } from './dynamodb-items.ts';
import type { Key } from './dynamodb-keys.ts';
import { GROUP, ROW } from './dynamodb-table.ts';

interface Conditional {
  /** Nothing is written unless it holds. */
  readonly where?: string;
  readonly values?: Values;
}

export interface Put extends Conditional {
  readonly put: Key;
  readonly item: Values;
}

export interface Update extends Conditional {
  readonly update: Key;
  readonly change: string;
}

export interface Delete extends Conditional {
  readonly delete: Key;
}

export type Write = Put | Update | Delete;

export const EXISTS = `attribute_exists(#${ROW})`;
export const IS_NEW = `attribute_not_exists(#${ROW})`;

export function transactItemOf(table: string, write: Write): TransactWriteItem {
  if ('put' in write) return { Put: putOf(table, write) };
  if ('update' in write) return { Update: updateOf(table, write) };
  return { Delete: deleteOf(table, write) };
}

export function putOf(table: string, { put, item, where, values }: Put) {
  return { TableName: table, Item: { ...keyOf(put), ...itemOf(item) }, ...conditionOf(where, values) };
}

export function updateOf(table: string, { update, change, where, values }: Update) {
  return {
    TableName: table,
    Key: keyOf(update),
    UpdateExpression: change,
    ...(where === undefined ? {} : { ConditionExpression: where }),
    ...placeholdersOf(`${change} ${where ?? ''}`, values),
  };
}

export function deleteOf(table: string, { delete: key, where, values }: Delete) {
  return { TableName: table, Key: keyOf(key), ...conditionOf(where, values) };
}

export function keyOf({ group, row }: Key): Record<string, AttributeValue> {
  return { [GROUP]: { S: group }, [ROW]: { S: row } };
}

export function keyOfItem(item: Item): Key {
  return { group: item[GROUP]?.S ?? '', row: item[ROW]?.S ?? '' };
}

function conditionOf(where: string | undefined, values: Values | undefined) {
  return where === undefined ? {} : { ConditionExpression: where, ...placeholdersOf(where, values) };
}

/** The names that the expressions have, and their values. DynamoDB refuses an empty map of either. */
export function placeholdersOf(expressions: string, values: Values = {}) {
  const names = Object.fromEntries(Array.from(expressions.matchAll(/#(\w+)/g), ([alias, name = '']) => [alias, name]));
  const items = Object.entries(itemOf(values)).map(([name, value]) => [`:${name}`, value] as const);
  return {
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(items.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(items) }),
  };
}
