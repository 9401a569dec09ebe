import { cutToWidth, displayWidth, padToWidth } from './display-width.ts';

const GAP = '  ';
const MIN_FLEXIBLE_WIDTH = 8;

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Cut short where all together are wider than the terminal. One at most. */
  readonly isFlexible?: true;
}

/** Lines of equal columns, the titles first. Where even the flexible column at its narrowest is too much, lines are longer than `maxWidth`. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth: number,
): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows];
  const natural = columns.map((_, index) => Math.max(...cells.map(row => displayWidth(row[index] ?? ''))));
  const total = natural.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
  const widths = natural.map((width, index) => {
    if (columns[index]?.isFlexible !== true || total <= maxWidth) return width;
    return Math.min(width, Math.max(MIN_FLEXIBLE_WIDTH, width - (total - maxWidth)));
  });
  return cells.map(row =>
    columns
      .map(({ align }, index) => {
        const width = widths[index] ?? 0;
        return padToWidth(cutToWidth(row[index] ?? '', width), width, align === 'right' ? 'left' : 'right');
      })
      .join(GAP)
      .trimEnd(),
  );
}
