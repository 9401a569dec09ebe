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

/** A key is hostile until it was escaped: it may hold line breaks, escape sequences, and what cannot be seen or turns the text around. */
export function formatKey(key: string): string {
  return JSON.stringify(key).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charCodeAt(index))).join(''),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
