import { describe, expect, it } from 'vitest';
import {
  describeBackfill,
  fractionDone,
  listBackfillLines,
  titleOf,
} from '../../../../cli/backfill/describe-backfill.ts';
import { aBody } from './backfill-bodies.ts';

const COPYING = aBody(
  { prefix: 'photos/', etaSeconds: 290, objectsPerSecond: 1, megabytesPerSecond: 0.01 },
  {
    objects: { found: 400, copied: 95, skipped: 3, failed: 2, remaining: 300 },
    bytes: { found: 4_000_000, copied: 950_000, skipped: 30_000, failed: 20_000, remaining: 3_000_000 },
  },
);

describe('a backfill in words', () => {
  it('has its state, what it is about, and every count', () => {
    expect(describeBackfill(COPYING)).toBe(`Backfill bf-1: copying, 25.0 %, about 4 min 50 s left
  prefix        "photos/"
  mode          missing
  created       2026-03-04 05:06:00 UTC
  mean rate     1 object/s, 10 kB/s
                  objects   bytes
  found               400    4 MB
  copied               95  950 kB
  skipped               3   30 kB
  source missing        0     0 B
  archived              0     0 B
  unverified            0     0 B
  failed                2   20 kB
  remaining           300    3 MB
  bridge backfill failures bf-1 lists what failed; bridge backfill retry-failed bf-1 tries it again.
`);
  });

  it('says why it is paused, and how it goes on', () => {
    const text = describeBackfill(aBody({ state: 'paused', reason: 'OSS refuses.\u001b[2J\nBackfill bf-2: done' }));
    expect(text).toContain('Backfill bf-1: paused\n  reason        OSS refuses.\\u001b[2J\\u000aBackfill bf-2: done\n');
    expect(text).toContain('\n  bridge backfill resume bf-1 goes on with it.\n');
  });

  it('says when it ended, and what is to be done about what is archived', () => {
    const done = aBody({ state: 'done', endedAt: '2026-03-04T06:00:00.000Z' }, { objects: { found: 1, archived: 1 } });
    expect(describeBackfill(done)).toMatch(
      /: done\n[\s\S]*ended {9}2026-03-04 06:00:00 UTC\n[\s\S]*Restore what is archived/,
    );
  });

  it('has nothing in it that a terminal would obey, whatever the worker says', () => {
    const hostile = '\u001b]0;x\u0007\u009b2J\r\u202e';
    const body = aBody({
      id: hostile,
      prefix: hostile,
      reason: hostile,
      createdAt: hostile,
      endedAt: hostile,
      state: 'paused',
    });
    for (const text of [describeBackfill(body), titleOf(body), ...listBackfillLines([body], 200)]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('how much is done', () => {
  it.each([
    ['nothing found', aBody(), 1],
    ['by objects', aBody({}, { objects: { found: 4, remaining: 3 }, bytes: { found: 4, remaining: 1 } }), 0.25],
    ['by bytes', aBody({}, { objects: { found: 4, remaining: 1 }, bytes: { found: 4, remaining: 3 } }), 0.25],
    ['empty objects', aBody({}, { objects: { found: 4, remaining: 2 } }), 0.5],
    ['all', aBody({}, { objects: { found: 4 }, bytes: { found: 4 } }), 1],
  ])('%s', (_name, body, fraction) => {
    expect(fractionDone(body)).toBe(fraction);
  });
});

describe('the list', () => {
  it('has a line for each, newest first as they came', () => {
    expect(listBackfillLines([COPYING, aBody({ id: 'bf-0', state: 'done' })], 200)).toEqual([
      'ID    STATE    MODE     FOUND  REMAINING  FAILED  CREATED                  PREFIX',
      'bf-1  copying  missing    400        300       2  2026-03-04 05:06:00 UTC  "photos/"',
      'bf-0  done     missing      0          0       0  2026-03-04 05:06:00 UTC  (all objects)',
    ]);
  });
});
