// What is the same of every backfill, whichever ledger keeps it: the name of its first range, and how requests are compared.

import { createHash } from 'node:crypto';

/** The range that a backfill starts with; its name needn't be unguessable, for the backfill's is. */
export const ROOT_RANGE = 'root';

/** Sorts by time for whoever reads logs; 9 digits of base 36 last until the year 5188. `unique` is lower-case hex. */
export function backfillId(milliseconds: number, unique: string): string {
  return `b${milliseconds.toString(36).padStart(9, '0')}${unique}`;
}

/** The same for requests that differ only in the order of their fields or in fields that are undefined. */
export function requestHash(request: object): string {
  const canonical = JSON.stringify(request, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(canonical).digest('hex');
}
