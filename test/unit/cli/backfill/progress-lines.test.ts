import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../cli/backfill/display-width.ts';
import { type Look, progressLine, progressLines } from '../../../../cli/backfill/progress-lines.ts';
import { aBody } from './backfill-bodies.ts';

const HALF: Look = {
  backfill: aBody(
    {},
    {
      objects: { found: 2_000_000, copied: 900_000, skipped: 99_988, failed: 12, remaining: 1_000_000 },
      bytes: { found: 4e12, copied: 2e12, remaining: 2e12 },
    },
  ),
  pace: { objectsPerSecond: 5_000, bytesPerSecond: 800_000_000, etaSeconds: 192 },
  number: 0,
};
const LISTING: Look = {
  ...HALF,
  backfill: { ...HALF.backfill, state: 'listing' },
  pace: { ...HALF.pace, etaSeconds: null },
};

describe('the lines of a look', () => {
  it.each([
    [
      20,
      [
        'copying  50.0 %',
        '3 min 12 s left',
        '1,000,000 of 2,0...',
        '2 TB of 4 TB',
        '5,000 objects/s',
        '800 MB/s',
        '12 failed',
        '900,000 copied',
        '99,988 skipped',
      ],
    ],
    [
      40,
      [
        'copying  [##########----------]  50.0 %',
        '3 min 12 s left',
        '1,000,000 of 2,000,000 objects',
        '2 TB of 4 TB   5,000 objects/s',
        '800 MB/s   12 failed   900,000 copied',
        '99,988 skipped',
      ],
    ],
    [
      80,
      [
        'copying  [##############################------------------------------]  50.0 %',
        '3 min 12 s left   1,000,000 of 2,000,000 objects   2 TB of 4 TB',
        '5,000 objects/s   800 MB/s   12 failed   900,000 copied   99,988 skipped',
      ],
    ],
    [
      200,
      [
        'copying  [##############################------------------------------]  50.0 %',
        '3 min 12 s left   1,000,000 of 2,000,000 objects   2 TB of 4 TB   5,000 objects/s   800 MB/s   12 failed   900,000 copied   99,988 skipped',
      ],
    ],
  ])('on %d columns', (columns, lines) => {
    expect(progressLines(HALF, columns)).toEqual(lines);
  });

  it('leave the last column free, however wide the terminal is', () => {
    for (let columns = 1; columns <= 200; columns++) {
      for (const look of [HALF, LISTING, { ...HALF, silentSeconds: 3_725 }]) {
        for (const line of progressLines(look, columns)) {
          expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
          expect(line).toMatch(/^[\u0020-\u007e]*$/);
        }
      }
    }
  });

  it('promise no share and no time while nobody knows how much there is: something moves to and fro', () => {
    const bars = [0, 1, 2, 7, 8, 14].map(number => progressLines({ ...LISTING, number }, 22)[0]);
    expect(bars).toEqual([
      'listing  [###-------]',
      'listing  [-###------]',
      'listing  [--###-----]',
      'listing  [-------###]',
      'listing  [------###-]',
      'listing  [###-------]',
    ]);
    expect(progressLines(LISTING, 80)[1]).toBe(
      '1,000,000 of 2,000,000 objects found so far   2 TB of 4 TB   5,000 objects/s',
    );
  });

  it('end with how long nobody has answered', () => {
    expect(progressLines({ ...HALF, silentSeconds: 12.3 }, 80).at(-1)).toBe('no answer for 12 s; asking again');
  });

  it('have a full bar only when all is done', () => {
    const almost = { found: 1_000_000, remaining: 1 };
    expect(progressLines({ ...HALF, backfill: aBody({}, { objects: almost }) }, 80)[0]).toMatch(/#-\] {2}99\.9 %$/);
    expect(progressLines({ ...HALF, backfill: aBody({ state: 'done' }) }, 80)[0]).toMatch(
      /^done {2}\[#+\] {2}100\.0 %$/,
    );
  });
});

describe('the line of a look', () => {
  it('has it all in one', () => {
    expect(progressLine(HALF)).toBe(
      'copying: 50.0 %, 3 min 12 s left, 1,000,000 of 2,000,000 objects, 2 TB of 4 TB, 5,000 objects/s, 800 MB/s, 12 failed, 900,000 copied, 99,988 skipped',
    );
    expect(progressLine(LISTING)).toMatch(/^listing: 1,000,000 of 2,000,000 objects found so far, /);
  });
});
