// What `watch` shows of one look: a few lines that fit a terminal of any width, or one line for a file. ASCII only: a bar of block characters is twice
// as wide where East Asian fonts are.

import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { fractionDone } from './describe-backfill.ts';
import { cutToWidth } from './display-width.ts';
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatObjectRate,
  formatObjects,
  formatPercent,
  formatSeconds,
} from './format-values.ts';
import type { Pace } from './measure-pace.ts';

const MIN_BAR_WIDTH = 10;
const MAX_BAR_WIDTH = 60;
/** Of what moves in the bar while nobody knows how much there is. */
const SLIDER_WIDTH = 3;
const GAP = '   ';

export interface Look {
  readonly backfill: BackfillBody;
  readonly pace: Pace;
  /** How many looks there were before. */
  readonly number: number;
  /** Since when nobody answers; undefined: somebody does. */
  readonly silentSeconds?: number;
}

/** None is wider than one column less than the terminal: a full line would make it wrap. */
export function progressLines(look: Look, columns: number): readonly string[] {
  const width = Math.max(1, columns - 1);
  const { silentSeconds } = look;
  return [
    headLine(look, width),
    ...flow(factsOf(look), width),
    ...(silentSeconds === undefined ? [] : [`no answer for ${formatSeconds(silentSeconds)}; asking again`]),
  ].map(line => cutToWidth(line, width));
}

export function progressLine(look: Look): string {
  const { backfill } = look;
  const percent = backfill.state === 'copying' ? [formatPercent(fractionDone(backfill))] : [];
  return `${backfill.state}: ${[...percent, ...factsOf(look)].join(', ')}`;
}

function headLine({ backfill, number }: Look, width: number): string {
  const { state } = backfill;
  const percent = state === 'listing' ? '' : `  ${formatPercent(fractionDone(backfill))}`;
  const inside = Math.min(MAX_BAR_WIDTH, width - state.length - percent.length - '  []'.length);
  if (inside < MIN_BAR_WIDTH) return state + percent;
  const bar = state === 'listing' ? slidingBar(inside, number) : filledBar(inside, fractionDone(backfill));
  return `${state}  [${bar}]${percent}`;
}

/** Full only at the end. */
function filledBar(width: number, fraction: number): string {
  const filled = Math.floor(width * fraction);
  return '#'.repeat(filled) + '-'.repeat(width - filled);
}

/** To and fro, one column a look. */
function slidingBar(width: number, number: number): string {
  const places = width - SLIDER_WIDTH;
  const step = number % (2 * places);
  const before = step <= places ? step : 2 * places - step;
  return '-'.repeat(before) + '#'.repeat(SLIDER_WIDTH) + '-'.repeat(places - before);
}

/** The most important first. */
function factsOf({ backfill, pace }: Look): readonly string[] {
  const { found, remaining, bytes, state } = backfill;
  const soFar = state === 'listing' ? ' found so far' : '';
  const named = (count: number, name: string) => (count === 0 ? [] : [`${formatCount(count)} ${name}`]);
  return [
    ...(pace.etaSeconds === null || state === 'done' ? [] : [`${formatSeconds(pace.etaSeconds)} left`]),
    `${formatCount(found - remaining)} of ${formatObjects(found)}${soFar}`,
    `${formatBytes(bytes.found - bytes.remaining)} of ${formatBytes(bytes.found)}`,
    formatObjectRate(pace.objectsPerSecond),
    formatByteRate(pace.bytesPerSecond),
    `${formatCount(backfill.failed)} failed`,
    ...named(backfill.copied, 'copied'),
    ...named(backfill.skipped, 'skipped'),
    ...named(backfill.sourceMissing, 'gone at the source'),
    ...named(backfill.archived, 'archived'),
    ...named(backfill.unverified, 'unverified'),
  ];
}

/** As many on a line as fit. */
function flow(facts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + GAP.length + fact.length <= width)
      lines[lines.length - 1] = last + GAP + fact;
    else lines.push(fact);
  }
  return lines;
}
