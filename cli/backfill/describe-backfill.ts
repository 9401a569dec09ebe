// A backfill in words and numbers, for `show`, `list`, and the end of `watch`.

import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { escapeControls } from '../../shared/messages/quote-text.ts';
import { type Column, formatTable } from './format-table.ts';
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatKey,
  formatObjectRate,
  formatPercent,
  formatSeconds,
  formatTime,
} from './format-values.ts';

type Count = keyof BackfillBody['bytes'];

/** As docs/cli.md explains them, in the order of the sum that they are. */
const COUNTS: readonly (readonly [Count, string])[] = [
  ['found', 'found'],
  ['copied', 'copied'],
  ['skipped', 'skipped'],
  ['sourceMissing', 'source missing'],
  ['archived', 'archived'],
  ['unverified', 'unverified'],
  ['failed', 'failed'],
  ['remaining', 'remaining'],
];
const LABEL_WIDTH = 16;

/** One line, not ended. */
export function titleOf({ id, prefix, mode }: BackfillBody): string {
  return `Backfill ${escapeControls(id)} of ${prefixOf(prefix)}, mode ${mode}`;
}

/** `""` would be exact, and nobody would know what it means. */
function prefixOf(prefix: string): string {
  return prefix === '' ? 'all objects' : `prefix ${formatKey(prefix)}`;
}

/** Many lines, each ended. */
export function describeBackfill(backfill: BackfillBody): string {
  const { id, prefix, mode, createdAt, endedAt, bytes, reason } = backfill;
  const counts = formatTable(
    [
      { title: '', align: 'left' },
      { title: 'objects', align: 'right' },
      { title: 'bytes', align: 'right' },
    ],
    COUNTS.map(([name, label]) => [
      label.padEnd(LABEL_WIDTH - 4),
      formatCount(backfill[name]),
      formatBytes(bytes[name]),
    ]),
    Number.POSITIVE_INFINITY,
  );
  const line = (label: string, text: string) => `  ${label.padEnd(LABEL_WIDTH - 2)}${text}`;
  return `${[
    `Backfill ${escapeControls(id)}: ${standingOf(backfill)}`,
    ...(reason === undefined ? [] : [line('reason', escapeControls(reason))]),
    line('prefix', prefix === '' ? '(all objects)' : formatKey(prefix)),
    line('mode', mode),
    line('created', formatTime(createdAt)),
    ...(endedAt === null ? [] : [line('ended', formatTime(endedAt))]),
    line(
      'mean rate',
      `${formatObjectRate(backfill.objectsPerSecond)}, ${formatByteRate(backfill.megabytesPerSecond * 1_000_000)}`,
    ),
    ...counts.map(text => `  ${text}`),
    ...nextSteps(backfill).map(text => `  ${text}`),
  ].join('\n')}\n`;
}

function standingOf(backfill: BackfillBody): string {
  const { state, etaSeconds } = backfill;
  if (state !== 'copying') return state;
  const left = etaSeconds === null ? '' : `, about ${formatSeconds(etaSeconds)} left`;
  return `${state}, ${formatPercent(fractionDone(backfill))}${left}`;
}

/** Of what was found so far; by objects or by bytes, whichever is behind. */
export function fractionDone({ found, remaining, bytes }: BackfillBody): number {
  const byObjects = found === 0 ? 1 : (found - remaining) / found;
  const byBytes = bytes.found === 0 ? 1 : (bytes.found - bytes.remaining) / bytes.found;
  return Math.min(byObjects, byBytes);
}

/** Whoever reads that something failed, asks what. */
function nextSteps({ id, state, failed, archived }: BackfillBody): readonly string[] {
  const shown = escapeControls(id);
  return [
    ...(failed > 0
      ? [`bridge backfill failures ${shown} lists what failed; bridge backfill retry-failed ${shown} tries it again.`]
      : []),
    ...(archived > 0 && state === 'done'
      ? ['Restore what is archived in OSS, then start another backfill: it copies what is missing.']
      : []),
    ...(state === 'paused' ? [`bridge backfill resume ${shown} goes on with it.`] : []),
  ];
}

const LIST_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'MODE', align: 'left' },
  { title: 'FOUND', align: 'right' },
  { title: 'REMAINING', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'CREATED', align: 'left' },
  { title: 'PREFIX', align: 'left', isFlexible: true },
];

/** A line for each, under titles. */
export function listBackfillLines(backfills: readonly BackfillBody[], maxWidth: number): readonly string[] {
  const rows = backfills.map(({ id, state, mode, found, remaining, failed, createdAt, prefix }) => [
    escapeControls(id),
    state,
    mode,
    formatCount(found),
    formatCount(remaining),
    formatCount(failed),
    formatTime(createdAt),
    prefix === '' ? '(all objects)' : formatKey(prefix),
  ]);
  return formatTable(LIST_COLUMNS, rows, maxWidth);
}
