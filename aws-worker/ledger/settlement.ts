// What settling a batch does to the counts, whichever ledger keeps them. A lister's view of an interval is old by the time a worker
// handles it, so `found` follows what the worker met; then found = outcomes + remaining holds at every moment, in objects and in bytes.

import type { OutcomeKind } from '../transfer/outcome.ts';
import type { Counts, SettledObject } from './ledger.ts';

export interface OwedKey {
  readonly key: string;
  readonly sizeBytes: number;
}

export interface Settlement {
  /** What to add to `found`; its bytes may be negative. */
  readonly foundChange: Counts;
  readonly outcomes: Readonly<Partial<Record<OutcomeKind, Counts>>>;
  /** A key that was settled too is left out. */
  readonly owed: readonly OwedKey[];
  readonly failed: readonly SettledObject[];
}

/** Each key counts once, as it is named first; keys that the lister saw and nobody names count as source-missing with 0 bytes. */
export function settlementOf(
  found: Counts,
  batch: { readonly settled: readonly SettledObject[]; readonly owed: readonly OwedKey[] },
): Settlement {
  const settled = firstOfEachKey(batch.settled);
  const settledKeys = new Set(settled.map(object => object.key));
  const owed = firstOfEachKey(batch.owed).filter(object => !settledKeys.has(object.key));
  const outcomes: Partial<Record<OutcomeKind, Counts>> = {};
  for (const object of settled) outcomes[object.kind] = plus(outcomes[object.kind], 1, object.sizeBytes);
  const metObjects = settled.length + owed.length;
  const missingObjects = Math.max(0, found.objects - metObjects);
  if (missingObjects > 0) outcomes['source-missing'] = plus(outcomes['source-missing'], missingObjects, 0);
  return {
    foundChange: {
      objects: metObjects + missingObjects - found.objects,
      bytes: sumOfBytes(settled) + sumOfBytes(owed) - found.bytes,
    },
    outcomes,
    owed,
    failed: settled.filter(object => object.kind === 'failed'),
  };
}

function firstOfEachKey<T extends { readonly key: string }>(objects: readonly T[]): readonly T[] {
  const keys = new Set<string>();
  return objects.filter(({ key }) => !keys.has(key) && keys.add(key));
}

function plus(counts: Counts | undefined, objects: number, bytes: number): Counts {
  return { objects: (counts?.objects ?? 0) + objects, bytes: (counts?.bytes ?? 0) + bytes };
}

function sumOfBytes(objects: readonly { readonly sizeBytes: number }[]): number {
  return objects.reduce((sum, object) => sum + object.sizeBytes, 0);
}
