// A few lines of a terminal that are rewritten in place. One write a drawing, over what stands there, and only then is cleared what is left of it: nothing
// flickers. The cursor stays at the end of the last line, so that an echoed ^C, or whatever comes next, is no part of the block.

import { displayWidth } from './display-width.ts';

const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** @return what takes the terminal from the lines `before` to `lines`; both as they are, without line ends. */
export function redraw(before: readonly string[], lines: readonly string[], columns: number): string {
  return toFirstLine(before, columns) + lines.map(line => line + CLEAR_LINE_END).join('\n') + CLEAR_BELOW;
}

/** Where the terminal has become narrower meanwhile, it has wrapped what stood there: a line takes several rows then. */
function toFirstLine(before: readonly string[], columns: number): string {
  if (before.length === 0) return '';
  const rows = before.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
  return rows === 1 ? '\r' : `\r\u001b[${rows - 1}A`;
}
