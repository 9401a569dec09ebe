import { describe, expect, it } from 'vitest';
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatKey,
  formatObjectRate,
  formatObjects,
  formatPercent,
  formatSeconds,
  formatTime,
} from '../../../../cli/backfill/format-values.ts';
import { HOSTILE_KEYS } from '../../../fixtures/hostile-keys.ts';

describe('amounts', () => {
  it.each([
    [formatCount, 1_234_567, '1,234,567'],
    [formatObjects, 0, '0 objects'],
    [formatObjects, 1, '1 object'],
    [formatObjects, 200_000_000, '200,000,000 objects'],
    [formatBytes, 0, '0 B'],
    [formatBytes, 999, '999 B'],
    [formatBytes, 1000, '1 kB'],
    [formatBytes, 1_234_567, '1.23 MB'],
    [formatBytes, 48.8e12, '48.8 TB'],
    [formatBytes, 5e18, '5,000 PB'],
    [formatByteRate, 12_300_000, '12.3 MB/s'],
    [formatObjectRate, 0.125, '0.125 objects/s'],
    [formatObjectRate, 5123.4, '5,120 objects/s'],
  ])('%o of %d is %s', (format, amount, text) => {
    expect(format(amount)).toBe(text);
  });

  it.each([
    [0, '0.0 %'],
    [0.0004, '0.0 %'],
    [0.5, '50.0 %'],
    [0.999_999, '99.9 %'],
    [1, '100.0 %'],
  ])('%d is %s: nothing is 100 %% before all is done', (fraction, text) => {
    expect(formatPercent(fraction)).toBe(text);
  });

  it.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [59.6, '1 min'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [90_061, '1 d 1 h'],
    [86_400 * 365, '365 d'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it('shows a time in UTC, to the second', () => {
    expect(formatTime('2026-03-04T05:06:07.890Z')).toBe('2026-03-04 05:06:07 UTC');
  });
});

describe('a key', () => {
  it.each([
    ['photos/a b.jpg', '"photos/a b.jpg"'],
    ['西湖.jpg', '"西湖.jpg"'],
    ['a\nb\tc', '"a\\nb\\tc"'],
    ['\u001b[2J\u009b31m', '"\\u001b[2J\\u009b31m"'],
    ['\u202egpj.exe', '"\\u202egpj.exe"'],
  ])('%j is shown as %s', (key, text) => {
    expect(formatKey(key)).toBe(text);
  });

  it('of any kind has nothing in it that a terminal would obey, and can be read back', () => {
    for (const key of HOSTILE_KEYS) {
      expect(formatKey(key)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(formatKey(key))).toBe(key);
    }
  });
});
