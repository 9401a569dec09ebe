import { describe, expect, it } from 'vitest';
import { type Finding, ok, problem, skipped, warning } from '../../../../cli/doctor/finding.ts';
import { formatResult, formatSummary, type Look } from '../../../../cli/doctor/format-result.ts';
import { viewReport } from '../../../../cli/doctor/report-view.ts';
import type { ItemResult } from '../../../../cli/doctor/run-items.ts';
import { wrapText } from '../../../../cli/doctor/wrap-text.ts';

const TERMINAL: Look = { isTerminal: true, hasColor: false, columns: 60 };
const PIPE: Look = { isTerminal: false, hasColor: false, columns: 80 };

function result(finding: Finding, own: Partial<ItemResult> = {}): ItemResult {
  return { item: { id: 's3-write', area: 'S3', title: 'write' }, finding, durationMs: 5, ...own };
}

describe('at a terminal', () => {
  it('a result has a symbol, a title, sentences that wrap under each other, and the heading of its area once', () => {
    const text = formatResult(
      result(problem('S3 answered PutObject on bucket my-destination with 403.', { advice: ['Allow s3:PutObject.'] })),
      'OSS',
      TERMINAL,
    );
    expect(text).toBe(
      [
        '',
        'S3',
        '  ✗ write                S3 answered PutObject on bucket',
        '                         my-destination with 403.',
        '                         Allow s3:PutObject.',
        '',
      ].join('\n'),
    );
    expect(formatResult(result(ok('Fine.')), 'S3', TERMINAL)).toBe('  ✓ write                Fine.\n');
  });

  it('commands stay whole, to be copied', () => {
    const command = `aws sqs set-queue-attributes --queue-url ${'x'.repeat(30)} --attributes DelaySeconds=0`;
    const indent = ' '.repeat(25);
    for (const advice of [command, `Mend it: ${command}`]) {
      const text = formatResult(result(warning('Slow.', { advice: [advice] })), 'S3', TERMINAL);
      expect(text).toContain(`\n${indent}${command}\n`);
    }
  });

  it('colours are there where they may be', () => {
    expect(formatResult(result(ok('Fine.')), 'S3', { ...TERMINAL, hasColor: true })).toContain('\u001b[32m✓\u001b[0m');
    expect(formatResult(result(ok('Fine.')), undefined, TERMINAL)).not.toContain('\u001b');
  });

  it('nothing in a text moves the cursor', () => {
    expect(formatResult(result(problem('key "\u001b[2J\u202e"')), 'S3', TERMINAL)).not.toMatch(/[\u001b\u202e]/);
  });

  it('it is spared thirty lines that say that there are no settings', () => {
    expect(formatResult(result(skipped('.'), { because: 'config' }), undefined, TERMINAL)).toBe('');
    expect(formatResult(result(skipped('.'), { because: 'config' }), undefined, PIPE)).not.toBe('');
  });
});

describe('elsewhere', () => {
  it('a result is one line, with status and id in front', () => {
    const text = formatResult(result(warning('Slow.', { advice: ['Do this.', 'Or that.'] })), undefined, PIPE);
    expect(text).toBe('warning s3-write             Slow. Do this. Or that.\n');
  });
});

describe('the end', () => {
  const results = [result(ok('.')), result(warning('.')), result(problem('.')), result(problem('.'))];

  it('counts', () => {
    expect(formatSummary(results, PIPE)).toBe('1 ok, 1 warning, 2 problems, 0 skipped\n');
  });

  it('is ok where nothing has a problem', () => {
    const whole = { isInterrupted: false };
    expect(viewReport(results, whole)).toMatchObject({
      ok: false,
      counts: { ok: 1, warning: 1, problem: 2, skipped: 0 },
    });
    expect(viewReport(results.slice(0, 2), whole)).toMatchObject({ ok: true, interrupted: false });
    expect(viewReport(results.slice(0, 2), { isInterrupted: true })).toMatchObject({ ok: false, interrupted: true });
  });

  it('each item of the JSON document has every field', () => {
    const [item] = viewReport([result(ok('Fine.'))], { isInterrupted: false }).items;
    expect(item).toEqual({
      ...{ id: 's3-write', area: 'S3', title: 'write', status: 'ok', text: 'Fine.', durationMs: 5 },
      ...{ advice: [], code: null, because: null, facts: {} },
    });
  });
});

describe('wrapping', () => {
  it.each([
    ['', 10, ['']],
    ['one two', 7, ['one two']],
    ['one two', 6, ['one', 'two']],
    ['averylongword and', 5, ['averylongword', 'and']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });
});
