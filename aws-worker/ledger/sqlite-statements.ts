// SQL with values, each statement prepared once a connection, and the columns of its rows as the types that the domain has.

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

export type SqlValue = string | number | bigint | null;
export type SqlRow = Readonly<Record<string, SQLOutputValue>>;

export interface Sql {
  /** The number of rows that it changed. */
  run(text: string, ...values: readonly SqlValue[]): number;
  first(text: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  all(text: string, ...values: readonly SqlValue[]): readonly SqlRow[];
}

/** `database` must read integers as bigints. `text` must be one of a bounded number of texts: each stays prepared. */
export function createSql(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const statement = (text: string) => {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const made = database.prepare(text);
    prepared.set(text, made);
    return made;
  };
  return {
    run: (text, ...values) => Number(statement(text).run(...values).changes),
    first: (text, ...values) => statement(text).get(...values),
    all: (text, ...values) => statement(text).all(...values),
  };
}

export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`The ledger's column ${column} holds no text.`);
  return value;
}

export function optionalTextOf(row: SqlRow, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

export function bigintOf(row: SqlRow, column: string): bigint {
  const value = row[column];
  if (typeof value !== 'bigint') throw new TypeError(`The ledger's column ${column} holds no integer.`);
  return value;
}

/** Sums of bytes over 8 PiB lose their last digits here, not in the ledger. */
export function integerOf(row: SqlRow, column: string): number {
  return Number(bigintOf(row, column));
}

export function dateOf(row: SqlRow, column: string): Date {
  return new Date(integerOf(row, column));
}

export function optionalDateOf(row: SqlRow, column: string): Date | undefined {
  return row[column] === null ? undefined : dateOf(row, column);
}
