// Ascending keys of several places as one ascending listing. Where two have the same key, the place that is named first counts.

import { compareUtf8 } from '../../../shared/utf8-order.ts';

export interface Keyed {
  readonly key: string;
}

/** Holds one entry a place. Each place ascends strictly. */
export function* mergeSequences<Entry extends Keyed>(places: readonly Iterator<Entry>[]): Generator<Entry> {
  const heads = places.map(place => place.next());
  for (;;) {
    let least: Entry | undefined;
    for (const head of heads) {
      if (head.done) continue;
      if (least === undefined || compareUtf8(head.value.key, least.key) < 0) least = head.value;
    }
    if (least === undefined) return;
    yield least;
    for (const [index, head] of heads.entries()) {
      const place = places[index];
      if (!head.done && head.value.key === least.key && place !== undefined) heads[index] = place.next();
    }
  }
}
