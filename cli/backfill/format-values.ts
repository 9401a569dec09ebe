// Numbers, times and keys for people, as the worker's page shows them.

import { escapeControls } from '../../shared/messages/quote-text.ts';

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function formatCount(count: number): string {
  return whole.format(count);
}

/** `1 object`, `2 objects`. */
export function formatObjects(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'object' : 'objects'}`;
}

/** Decimal units, as clouds bill them. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${short.format(bytes / 1000 ** power)} ${UNITS[power]}`;
}

export function formatObjectRate(objectsPerSecond: number): string {
  return `${short.format(objectsPerSecond)} ${objectsPerSecond === 1 ? 'object' : 'objects'}/s`;
}

export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Rounded down: 100 % is all of it. */
export function formatPercent(fraction: number): string {
  return `${(Math.floor(fraction * 1000) / 10).toFixed(1)} %`;
}

/** The two largest units: 3 d 4 h, 5 min 10 s. */
export function formatSeconds(seconds: number): string {
  const total = Math.round(seconds);
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** In UTC, as the worker's log has it. */
export function formatTime(iso: string): string {
  return `${escapeControls(iso.slice(0, 19).replace('T', ' '))} UTC`;
}

/** A key or a prefix, whole and in quotes, with nothing in it that a terminal would obey. */
export function formatKey(key: string): string {
  return escapeControls(JSON.stringify(key));
}
