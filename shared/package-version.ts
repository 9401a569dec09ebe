import { readFileSync } from 'node:fs';

/** Of the whole package: its package.json lies above this file, or beside a bundle that this file went into. */
export function packageVersion(): string {
  for (const path of ['./package.json', '../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // not there: the next one
    }
  }
  return 'unknown';
}
