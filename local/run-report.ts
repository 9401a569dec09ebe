// The end of a run in plain words.

import type { BackfillView } from './bridge-client.ts';
import type { Comparison } from './compare-stores.ts';
import { formatBytes, formatCount, formatKey, formatNumber } from './format-amounts.ts';

export interface RunReport {
  readonly durationMilliseconds: number;
  readonly backfill: BackfillView;
  /** By the backfill and for events together. */
  readonly copied: { readonly objects: number; readonly bytes: number };
  readonly liveEvents: number;
  readonly failedEvents: number;
  readonly deadLetters: number;
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly comparison: Comparison;
  readonly workerPeakMemoryBytes: number | undefined;
}

const MAX_NAMED = 10;

/** Whether everything arrived, and nothing else happened that somebody should look at. */
export function isFlawless(report: RunReport): boolean {
  const { comparison, backfill } = report;
  return (
    comparison.lost.length === 0 &&
    comparison.different.length === 0 &&
    backfill.state === 'done' &&
    backfill.failed + backfill.unverified + backfill.archived === 0 &&
    report.failedEvents + report.deadLetters === 0
  );
}

export function formatReport(report: RunReport): string {
  const { backfill, comparison } = report;
  const seconds = report.durationMilliseconds / 1000;
  const { copied } = report;
  const lines = [
    '',
    `  copied       ${formatCount(copied.objects, 'object')}, ${formatBytes(copied.bytes)}, in ${seconds.toFixed(1)} s (${formatBytes(copied.bytes / seconds)}/s)`,
    `  backfill     ${backfill.state}: ${formatCount(backfill.found, 'object')} found = ${formatNumber(backfill.copied)} copied + ${formatNumber(backfill.skipped)} already identical + ${formatNumber(backfill.sourceMissing)} gone meanwhile + ${formatNumber(backfill.archived)} archived + ${formatNumber(backfill.unverified)} unverified + ${formatNumber(backfill.failed)} failed + ${formatNumber(backfill.remaining)} remaining`,
    `  live         ${formatCount(report.liveEvents, 'event')} handled, ${report.failedEvents} refused; ${formatCount(report.deadLetters, 'dead letter')}`,
    "  verified     by the worker: CRC-64 of the bytes = OSS's, before anything was completed; CRC-32 checked by S3, of each part and of the whole",
    '               again here, without it: both buckets read and compared by SHA-256',
    `  identical    ${formatCount(comparison.identical.objects, 'object')}, ${formatBytes(comparison.identical.bytes)}`,
    `  different    ${comparison.different.length}${named(comparison.different.map(({ key, what }) => `${formatKey(key)} (${what})`))}`,
    `  lost         ${comparison.lost.length}${named(comparison.lost.map(formatKey))}`,
  ];
  if (comparison.extra.length > 0) {
    lines.push(
      `  only in S3   ${comparison.extra.length}, which were there before or were deleted at the source${named(comparison.extra.map(formatKey))}`,
    );
  }
  if (report.leftOut.length > 0) {
    const names = report.leftOut.map(({ path, reason }) => `${formatKey(path)} (${reason})`);
    lines.push(`  left out     ${report.leftOut.length}, which OSS could not hold${named(names)}`);
  }
  if (report.workerPeakMemoryBytes !== undefined) {
    lines.push(`  memory       ${formatBytes(report.workerPeakMemoryBytes)} at most in the worker`);
  }
  lines.push(
    '',
    isFlawless(report) ? '  Nothing lost, nothing different.' : '  Something is amiss: see above, and the page.',
    '',
  );
  return lines.join('\n');
}

function named(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > MAX_NAMED ? [`… and ${names.length - MAX_NAMED} more`] : [];
  return ['', ...names.slice(0, MAX_NAMED), ...more].join('\n                 ');
}
