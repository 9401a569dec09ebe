// What a bench found, and the same as a table for people.

import { MEBIBYTE } from '../shared/limits.ts';
import type { Spread } from './spread.ts';

export interface Row {
  readonly variant: string;
  /** Undefined where only memory is measured. */
  readonly figure: Spread | undefined;
  readonly peakMemoryBytes: Spread;
  /** CPU of this row for the same work, as a multiple of the product's: over 1, the product is cheaper. */
  readonly cpuOfBridge?: number;
}

export interface BenchResult {
  readonly name: string;
  readonly what: string;
  /** Of each row's figure. */
  readonly unit: string | undefined;
  readonly rows: readonly Row[];
}

export function formatResult({ name, what, unit, rows }: BenchResult): string {
  const heading = ['', ...(unit === undefined ? [] : [unit, 'CPU / bridge']), 'peak memory, MiB'];
  const lines = rows.map(({ variant, figure, peakMemoryBytes, cpuOfBridge }) => [
    variant,
    ...(unit === undefined ? [] : [formatSpread(figure, 1), cpuOfBridge === undefined ? '' : `${round(cpuOfBridge)}`]),
    formatSpread(peakMemoryBytes, MEBIBYTE),
  ]);
  return [`${name}: ${what}`, ...alignColumns([heading, ...lines]).map(line => `  ${line}`)].join('\n');
}

function formatSpread(spread: Spread | undefined, unit: number): string {
  if (spread === undefined) return '';
  const [median, minimum, maximum] = [spread.median, spread.minimum, spread.maximum].map(value => round(value / unit));
  return `${median} [${minimum}..${maximum}]`;
}

const SIGNIFICANT_DIGITS = 3;

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(SIGNIFICANT_DIGITS);
}

function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
