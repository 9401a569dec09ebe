// A result as text. At a terminal: a symbol, a title, and sentences that wrap, under the headings of the areas. Elsewhere: a line an item, with
// its status and id in front, for `grep`.

import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { Status } from './finding.ts';
import { CONFIG_ITEM } from './items.ts';
import type { ItemResult } from './run-items.ts';
import { wrapText } from './wrap-text.ts';

export interface Look {
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly columns: number;
}

const SYMBOLS: Readonly<Record<Status, string>> = { ok: '✓', warning: '!', problem: '✗', skipped: '·' };
/** https://en.wikipedia.org/wiki/ANSI_escape_code#Colors */
const COLORS: Readonly<Record<Status, number>> = { ok: 32, warning: 33, problem: 31, skipped: 90 };
const BOLD = 1;
const TITLE_COLUMNS = 25;
const STATUS_COLUMNS = 8;
const ID_COLUMNS = 21;
const MIN_TEXT_COLUMNS = 30;
/** To be copied whole: they get a line of their own, which does not wrap. */
const COMMAND = /^(aws|npm|npx|docker|sudo) /;
const BEFORE_COMMAND = /(?<=:) (?=aws )/;

/** `area`: of the result before it. '' for what a terminal is spared: that without settings nothing could be looked at, thirty times. */
export function formatResult(result: ItemResult, area: string | undefined, look: Look): string {
  if (look.isTerminal && result.because === CONFIG_ITEM.id) return '';
  return look.isTerminal ? formatForTerminal(result, area, look) : formatAsLine(result);
}

function formatAsLine({ item, finding }: ItemResult): string {
  const text = [finding.text, ...(finding.advice ?? [])].map(escapeControls).join(' ');
  return `${finding.status.padEnd(STATUS_COLUMNS)}${item.id.padEnd(ID_COLUMNS)}${text}\n`;
}

function formatForTerminal({ item, finding }: ItemResult, area: string | undefined, look: Look): string {
  const { status, text, advice = [] } = finding;
  const width = Math.max(MIN_TEXT_COLUMNS, look.columns - TITLE_COLUMNS - 1);
  const indent = ' '.repeat(TITLE_COLUMNS);
  const sentences = [text, ...advice]
    .flatMap(sentence => escapeControls(sentence).split(BEFORE_COMMAND))
    .flatMap(line => (COMMAND.test(line) ? [line] : wrapText(line, width)));
  const symbol = paint(SYMBOLS[status], COLORS[status], look);
  const [first = '', ...more] = sentences;
  const head = `  ${symbol} ${item.title.padEnd(TITLE_COLUMNS - 4)}${first}`;
  const heading = item.area === area ? [] : [...(area === undefined ? [] : ['']), paint(item.area, BOLD, look)];
  return `${[...heading, head, ...more.map(line => indent + line)].join('\n')}\n`;
}

/** The last line. */
export function formatSummary(results: readonly ItemResult[], { isTerminal }: Pick<Look, 'isTerminal'>): string {
  const count = (status: Status) => results.filter(({ finding }) => finding.status === status).length;
  const warnings = count('warning');
  const problems = count('problem');
  const parts = [
    `${count('ok')} ok`,
    `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    `${problems} ${problems === 1 ? 'problem' : 'problems'}`,
    `${count('skipped')} skipped`,
  ];
  return `${isTerminal ? '\n' : ''}${parts.join(', ')}\n`;
}

function paint(text: string, color: number, { hasColor }: Look): string {
  return hasColor ? `\u001b[${color}m${text}\u001b[0m` : text;
}
