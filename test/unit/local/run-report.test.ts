import { describe, expect, it } from 'vitest';
import type { BackfillView } from '../../../local/bridge-client.ts';
import type { Comparison } from '../../../local/compare-stores.ts';
import { formatReport, isFlawless, type RunReport } from '../../../local/run-report.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';

const BACKFILL: BackfillView = {
  id: 'b0',
  state: 'done',
  found: 3,
  copied: 2,
  skipped: 1,
  sourceMissing: 0,
  archived: 0,
  unverified: 0,
  failed: 0,
  remaining: 0,
};
const COMPARISON: Comparison = { identical: { objects: 3, bytes: 10 * MEBIBYTE }, lost: [], extra: [], different: [] };
const REPORT: RunReport = {
  durationMilliseconds: 2_000,
  backfill: BACKFILL,
  liveEvents: 7,
  failedEvents: 0,
  deadLetters: 0,
  copied: { objects: 3, bytes: 10 * MEBIBYTE },
  leftOut: [],
  comparison: COMPARISON,
  workerPeakMemoryBytes: 100 * MEBIBYTE,
};

function reportWith(changes: {
  readonly backfill?: Partial<BackfillView>;
  readonly comparison?: Partial<Comparison>;
  readonly run?: Partial<RunReport>;
}): RunReport {
  return {
    ...REPORT,
    ...changes.run,
    backfill: { ...BACKFILL, ...changes.backfill },
    comparison: { ...COMPARISON, ...changes.comparison },
  };
}

describe('a run', () => {
  it('is flawless when everything arrived', () => {
    expect(isFlawless(REPORT)).toBe(true);
    expect(formatReport(REPORT)).toContain('Nothing lost, nothing different.');
  });

  it.each([
    ['an object is lost', { comparison: { lost: ['a'] } }],
    ['an object differs', { comparison: { different: [{ key: 'a', what: 'bytes' as const }] } }],
    ['the backfill is not done', { backfill: { state: 'paused' } }],
    ['an object failed', { backfill: { failed: 1 } }],
    ['an object is unverified', { backfill: { unverified: 1 } }],
    ['an object is archived', { backfill: { archived: 1 } }],
    ['the handler refused an event', { run: { failedEvents: 1 } }],
    ['a message was dead-lettered', { run: { deadLetters: 1 } }],
  ])('is not flawless when %s', (_what, changes) => {
    expect(isFlawless(reportWith(changes))).toBe(false);
    expect(formatReport(reportWith(changes))).toContain('Something is amiss');
  });

  it.each([
    ['the destination has more', { comparison: { extra: ['a'] } }],
    ['objects vanished while it ran', { backfill: { sourceMissing: 1 } }],
    ['files are no objects', { run: { leftOut: [{ path: 'x', reason: 'socket' }] } }],
  ])('is flawless when %s', (_what, changes) => {
    expect(isFlawless(reportWith(changes))).toBe(true);
  });
});

describe('the report', () => {
  it('says how much, how fast, and in which account', () => {
    const text = formatReport(REPORT);
    expect(text).toContain('3 objects, 10.0 MiB, in 2.0 s (5.0 MiB/s)');
    expect(text).toContain('3 objects found = 2 copied + 1 already identical + 0 gone meanwhile');
    expect(text).toContain('7 events handled, 0 refused; 0 dead letters');
    expect(text).toContain('100.0 MiB at most in the worker');
  });

  it('says nothing of what there was nothing of, or is not known', () => {
    const text = formatReport(reportWith({ run: { workerPeakMemoryBytes: undefined } }));
    expect(text).not.toMatch(/only in S3|left out|memory/);
  });

  it('names what is lost, different, extra and left out, harmlessly', () => {
    const text = formatReport(
      reportWith({
        comparison: { lost: ['a\u001b[2J'], different: [{ key: 'b', what: 'metadata' }], extra: ['c'] },
        run: { leftOut: [{ path: 'd', reason: 'socket' }] },
      }),
    );
    for (const part of ['"a\\u001b[2J"', '"b" (metadata)', '"c"', '"d" (socket)']) expect(text).toContain(part);
    expect(text).not.toContain('\u001b');
  });

  it('names ten, and counts the rest', () => {
    const lost = Array.from({ length: 12 }, (_, index) => `key-${index}`);
    const text = formatReport(reportWith({ comparison: { lost } }));
    expect(text).toContain('"key-9"');
    expect(text).not.toContain('"key-10"');
    expect(text).toContain('… and 2 more');
  });
});
