// The keys of computed objects, ascending by their UTF-8 bytes and found by their place: ten million of them are two numbers and a prefix.

import { compareUtf8 } from '../../../shared/utf8-order.ts';
import type { ComputedDescription } from './computed-details.ts';

/** Objects whose keys are `prefix`, the index in decimal, `suffix`: `logs/0000042.gz`. */
export interface ComputedFamily {
  readonly prefix: string;
  /** Indexes are 0 to count - 1. */
  readonly count: number;
  /** Indexes are padded with zeros to this many digits. Default: as many as the last one has. */
  readonly digits?: number;
  readonly suffix?: string;
  /** Always the same for the same index, and cheap: it is called at each look. */
  readonly describe: (index: number) => ComputedDescription;
}

export interface KeySequence {
  readonly count: number;
  /** Ascending with the index, 0 <= index < count. */
  keyAt(index: number): string;
  describe(index: number): ComputedDescription;
}

/** Throws RangeError when the last index has more than `digits` digits: the keys would not ascend. */
export function sequenceOfFamily({ prefix, count, suffix = '', describe, ...family }: ComputedFamily): KeySequence {
  const neededDigits = String(Math.max(count - 1, 0)).length;
  const digits = family.digits ?? neededDigits;
  if (digits < neededDigits) throw new RangeError(`${count} keys do not ascend with ${digits} digits.`);
  return { count, keyAt: index => prefix + String(index).padStart(digits, '0') + suffix, describe };
}

/** Of two with one key the later counts. */
export function sequenceOfList(objects: Iterable<ComputedDescription & { readonly key: string }>): KeySequence {
  const byKey = new Map(Array.from(objects, object => [object.key, object]));
  const sorted = [...byKey.values()].sort((a, b) => compareUtf8(a.key, b.key));
  const at = (index: number) => {
    const object = sorted[index];
    if (object === undefined) throw new RangeError(`There is no object ${index}.`);
    return object;
  };
  return { count: sorted.length, keyAt: index => at(index).key, describe: at };
}

/** The index of the first key >= `key`; the count when there is none. */
export function firstIndexAtLeast(sequence: KeySequence, key: string): number {
  let low = 0;
  let high = sequence.count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compareUtf8(sequence.keyAt(middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function indexOfKey(sequence: KeySequence, key: string): number | undefined {
  const index = firstIndexAtLeast(sequence, key);
  return index < sequence.count && sequence.keyAt(index) === key ? index : undefined;
}
