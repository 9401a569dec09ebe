// Rows as DynamoDB has them, and their attributes as the types that the domain has. Numbers travel as decimal text of up to 38 digits, so
// 64-bit checksums and sums of bytes keep every digit: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;
/** Undefined is left out. */
export type Value = string | number | bigint | readonly string[] | undefined;
export type Values = Readonly<Record<string, Value>>;

export function itemOf(values: Values): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) item[name] = attributeOf(value);
  }
  return item;
}

function attributeOf(value: Exclude<Value, undefined>): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'bigint') return { N: String(value) };
  if (typeof value !== 'number') return { L: value.map(text => ({ S: text })) };
  // Whatever is not exact here would be counted wrong for ever.
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe integer.`);
  return { N: String(value) };
}

export function textOf(item: Item, name: string): string {
  const text = item[name]?.S;
  if (text === undefined) throw new TypeError(`The ledger's attribute ${name} holds no text.`);
  return text;
}

export function optionalTextOf(item: Item, name: string): string | undefined {
  return item[name] === undefined ? undefined : textOf(item, name);
}

export function textsOf(item: Item, name: string): readonly string[] {
  return (item[name]?.L ?? []).map(({ S: text }) => {
    if (text === undefined) throw new TypeError(`The ledger's attribute ${name} holds something else than texts.`);
    return text;
  });
}

export function bigintOf(item: Item, name: string): bigint {
  const digits = item[name]?.N;
  if (digits === undefined || !/^-?\d+$/.test(digits)) {
    throw new TypeError(`The ledger's attribute ${name} holds no integer.`);
  }
  return BigInt(digits);
}

/** Sums of bytes over 8 PiB lose their last digits here, not in the ledger. */
export function integerOf(item: Item, name: string): number {
  return Number(bigintOf(item, name));
}

export function dateOf(item: Item, name: string): Date {
  return new Date(integerOf(item, name));
}

export function optionalDateOf(item: Item, name: string): Date | undefined {
  return item[name] === undefined ? undefined : dateOf(item, name);
}
