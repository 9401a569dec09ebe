import { expect, it } from 'vitest';
import { formatResult } from '../../../bench/bench-result.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';

const MEMORY = { median: 150 * MEBIBYTE, minimum: 149 * MEBIBYTE, maximum: 151 * MEBIBYTE };

it('shows each variant with its spread, its share and its memory, in columns', () => {
  const text = formatResult({
    name: 'small',
    what: 'objects',
    unit: 'ms',
    rows: [
      {
        variant: 'bridge',
        figure: { median: 0.1, minimum: 0.09, maximum: 0.123456 },
        peakMemoryBytes: MEMORY,
        cpuOfBridge: 1,
      },
      {
        variant: 'naive',
        figure: { median: 1_234.5, minimum: 1, maximum: 2 },
        peakMemoryBytes: MEMORY,
        cpuOfBridge: 3.0549,
      },
    ],
  });
  expect(text.split('\n')).toEqual([
    'small: objects',
    '           ms                      CPU / bridge   peak memory, MiB',
    '  bridge   0.100 [0.0900..0.123]   1.00           150 [149..151]',
    '  naive    1235 [1.00..2.00]       3.05           150 [149..151]',
  ]);
});

it('leaves the columns out that a bench of memory alone does not have', () => {
  const rows = [{ variant: 'bridge', figure: undefined, peakMemoryBytes: MEMORY }];
  const text = formatResult({ name: 'memory', what: 'a worker', unit: undefined, rows });
  expect(text).toBe('memory: a worker\n           peak memory, MiB\n  bridge   150 [149..151]');
});
