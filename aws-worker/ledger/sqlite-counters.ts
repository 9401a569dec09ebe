// The counts of a backfill: one row for each worker that had a part in it, and their sum.

import { OUTCOMES, type OutcomeKind } from '../transfer/outcome.ts';
import type { BackfillCounts, Counts } from './ledger.ts';
import { integerOf, type Sql, type SqlRow } from './sqlite-statements.ts';

export interface CounterChange {
  /** Debts made: ranges, batches and owed objects. */
  readonly incurred?: number;
  /** Debts whose row this transaction removed. */
  readonly paid?: number;
  readonly found?: Counts;
  readonly outcomes?: Readonly<Partial<Record<OutcomeKind, Counts>>>;
}

const COUNTED = ['found', ...OUTCOMES] as const;
const COLUMNS = ['incurred', 'paid', ...COUNTED.flatMap(name => [objectsColumn(name), bytesColumn(name)])];

const ADD = `
  INSERT INTO counters (backfill, worker, ${COLUMNS.join(', ')})
  VALUES (?, ?, ${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (backfill, worker) DO UPDATE SET ${COLUMNS.map(column => `${column} = ${column} + excluded.${column}`).join(', ')}`;

const SUMS = `SELECT ${COLUMNS.map(column => `coalesce(sum(${column}), 0) AS ${column}`).join(', ')} FROM counters WHERE backfill = ?`;

export function addToCounters(
  sql: Sql,
  row: { readonly backfill: string; readonly worker: string },
  change: CounterChange,
): void {
  const counts = COUNTED.flatMap(name => {
    const added = name === 'found' ? change.found : change.outcomes?.[name];
    return [added?.objects ?? 0, added?.bytes ?? 0];
  });
  sql.run(ADD, row.backfill, row.worker, change.incurred ?? 0, change.paid ?? 0, ...counts);
}

/** The sum of `paid` is read first: a debt that is made in between can then only make the sums differ, never look equal. */
export function isEverythingPaid(sql: Sql, backfill: string): boolean {
  const paid = sumOf(sql, 'paid', backfill);
  return paid === sumOf(sql, 'incurred', backfill);
}

/** Batches and objects that are owed. Ranges are few, so only they are counted row by row. */
export function countUnpaid(sql: Sql, backfill: string): number {
  const paid = sumOf(sql, 'paid', backfill);
  return sumOf(sql, 'incurred', backfill) - paid - countRows(sql, 'ranges', backfill);
}

export function readCounts(sql: Sql, backfill: string): BackfillCounts {
  const sums = sql.first(SUMS, backfill) ?? {};
  const byOutcome = Object.fromEntries(OUTCOMES.map(kind => [kind, countsOf(sums, kind)])) as Record<
    OutcomeKind,
    Counts
  >;
  const found = countsOf(sums, 'found');
  const openRanges = countRows(sql, 'ranges', backfill);
  const unpaidBatches = countRows(sql, 'batches', backfill);
  const unpaid = integerOf(sums, 'incurred') - integerOf(sums, 'paid') - openRanges;
  return {
    found,
    byOutcome,
    remaining: OUTCOMES.reduce(
      (rest, kind) => ({
        objects: rest.objects - byOutcome[kind].objects,
        bytes: rest.bytes - byOutcome[kind].bytes,
      }),
      found,
    ),
    openRanges,
    unpaidBatches,
    unpaidObjects: unpaid - unpaidBatches,
  };
}

function sumOf(sql: Sql, column: 'paid' | 'incurred', backfill: string): number {
  const row = sql.first(`SELECT coalesce(sum(${column}), 0) AS total FROM counters WHERE backfill = ?`, backfill);
  return row === undefined ? 0 : integerOf(row, 'total');
}

function countRows(sql: Sql, table: 'ranges' | 'batches', backfill: string): number {
  const row = sql.first(`SELECT count(*) AS total FROM ${table} WHERE backfill = ?`, backfill);
  return row === undefined ? 0 : integerOf(row, 'total');
}

function countsOf(row: SqlRow, name: (typeof COUNTED)[number]): Counts {
  return { objects: integerOf(row, objectsColumn(name)), bytes: integerOf(row, bytesColumn(name)) };
}

function objectsColumn(name: string): string {
  return `${name.replace('-', '_')}_objects`;
}

function bytesColumn(name: string): string {
  return `${name.replace('-', '_')}_bytes`;
}
