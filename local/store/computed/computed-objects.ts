// The objects that a store computes, found by key and listed by place.

import { type Cloud, type ComputedDescription, type ComputedObject, computeObject } from './computed-details.ts';
import {
  type ComputedFamily,
  firstIndexAtLeast,
  indexOfKey,
  type KeySequence,
  sequenceOfFamily,
  sequenceOfList,
} from './key-sequence.ts';

export interface ListedKey {
  readonly key: string;
  /** Undefined: there is none any more. */
  readonly compute: (() => ComputedObject) | undefined;
}

/** Of objects whose description has none. */
const LAST_MODIFIED = new Date('2024-01-01T00:00:00.000Z');
/** What was found lately is kept, with the checksums that somebody asked for: the ranges of one object are asked for thousands of times. */
const MAX_RECENT_OBJECTS = 1000;

export class ComputedObjects {
  readonly #cloud: Cloud;
  readonly #sequences: readonly KeySequence[];
  /** The one that was found last is the last to go. */
  readonly #recent = new Map<string, ComputedObject>();

  /** Where several have one key, `objects` count before `families`, and the first family before the others. */
  constructor(options: {
    readonly cloud: Cloud;
    readonly objects: readonly (ComputedDescription & { readonly key: string })[];
    readonly families: readonly ComputedFamily[];
  }) {
    this.#cloud = options.cloud;
    this.#sequences = [sequenceOfList(options.objects), ...options.families.map(sequenceOfFamily)];
  }

  has(key: string): boolean {
    return this.#sequences.some(sequence => indexOfKey(sequence, key) !== undefined);
  }

  find(key: string): ComputedObject | undefined {
    const computed = this.#recent.get(key) ?? this.#compute(key);
    if (computed === undefined) return undefined;
    this.#recent.delete(key);
    this.#recent.set(key, computed);
    const [oldest] = this.#recent.size > MAX_RECENT_OBJECTS ? this.#recent.keys() : [];
    if (oldest !== undefined) this.#recent.delete(oldest);
    return computed;
  }

  /** Keys >= `start`, ascending, a listing for each place that they come from. */
  from(start: string): Iterator<ListedKey>[] {
    return this.#sequences.map(sequence => this.#listFrom(sequence, start));
  }

  #compute(key: string): ComputedObject | undefined {
    for (const sequence of this.#sequences) {
      const index = indexOfKey(sequence, key);
      if (index !== undefined) return this.#computeAt(sequence, index);
    }
    return undefined;
  }

  #computeAt(sequence: KeySequence, index: number): ComputedObject {
    const place = { key: sequence.keyAt(index), cloud: this.#cloud, lastModified: LAST_MODIFIED };
    return computeObject(place, sequence.describe(index));
  }

  *#listFrom(sequence: KeySequence, start: string): Generator<ListedKey> {
    for (let index = firstIndexAtLeast(sequence, start); index < sequence.count; index++) {
      const at = index;
      yield { key: sequence.keyAt(at), compute: () => this.#computeAt(sequence, at) };
    }
  }
}
