import { describe, expect, it } from 'vitest';
import { cutToWidth, displayWidth, padToWidth } from '../../../../cli/backfill/display-width.ts';

describe('the width of', () => {
  it.each([
    ['', 0],
    ['photos/a.jpg', 12],
    ['é', 1],
    ['e\u0301', 1],
    ['西湖', 4],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['한', 2],
    ['かな', 4],
    ['𠀀', 2],
    ['😀', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['🇨🇳', 2],
    ['Ж', 1],
    ['→', 1],
  ])('%j is %d', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cut to a width', () => {
  it.each([
    ['photos', 6, 'photos'],
    ['photos', 5, 'ph...'],
    ['photos', 3, '...'],
    ['photos', 2, '..'],
    ['photos', 0, ''],
    ['西湖西湖', 8, '西湖西湖'],
    ['西湖西湖', 7, '西湖...'],
    // Half a character is none.
    ['西湖西湖', 6, '西...'],
    ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '👩‍👩‍👧...'],
  ])('%j to %d is %j', (text, width, cut) => {
    expect(cutToWidth(text, width)).toBe(cut);
  });
});

it('padding counts columns, not characters', () => {
  expect(padToWidth('西湖', 6, 'right')).toBe('西湖  ');
  expect(padToWidth('西湖', 6, 'left')).toBe('  西湖');
  expect(padToWidth('西湖', 3, 'left')).toBe('西湖');
});
