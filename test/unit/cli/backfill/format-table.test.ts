import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../cli/backfill/display-width.ts';
import { formatTable } from '../../../../cli/backfill/format-table.ts';

const COLUMNS = [
  { title: 'ID', align: 'left' },
  { title: 'FOUND', align: 'right' },
  { title: 'PREFIX', align: 'left', isFlexible: true },
] as const;
const ROWS = [
  ['b1', '7', '西湖/西湖/西湖/'],
  ['b222', '1,234,567', 'photos/2026/'],
];

describe('a table', () => {
  it('has a column as wide as its widest, wide characters included', () => {
    expect(formatTable(COLUMNS, ROWS, 200)).toEqual([
      'ID        FOUND  PREFIX',
      'b1            7  西湖/西湖/西湖/',
      'b222  1,234,567  photos/2026/',
    ]);
  });

  it('cuts the flexible column where the terminal ends', () => {
    expect(formatTable(COLUMNS, ROWS, 26)).toEqual([
      'ID        FOUND  PREFIX',
      'b1            7  西湖/...',
      'b222  1,234,567  photos...',
    ]);
  });

  it.each([20, 24, 25, 30, 40, 80, 200])('of %d columns is no wider, but for what cannot be narrower', maxWidth => {
    for (const line of formatTable(COLUMNS, ROWS, maxWidth)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(25, maxWidth));
    }
  });

  it('without rows is its titles', () => {
    expect(formatTable(COLUMNS, [], 80)).toEqual(['ID  FOUND  PREFIX']);
  });
});
