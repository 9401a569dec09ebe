// Numbers for people.

import { GIBIBYTE, KIBIBYTE, MEBIBYTE } from '../shared/limits.ts';

export function formatBytes(bytes: number): string {
  if (bytes < KIBIBYTE) return `${bytes} B`;
  if (bytes < MEBIBYTE) return `${(bytes / KIBIBYTE).toFixed(1)} KiB`;
  if (bytes < GIBIBYTE) return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
  return `${(bytes / GIBIBYTE).toFixed(2)} GiB`;
}

export function formatNumber(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A key is hostile until it was escaped: it may hold line breaks and escape sequences. */
export function formatKey(key: string): string {
  return JSON.stringify(key).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
