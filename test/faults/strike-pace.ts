// When to strike: at the requests of the workers, not by the clock, so that a slow machine sees as many strikes in the midst of work as a fast one, and
// they are spread over the whole run however fast it goes.

import type { Random } from '../simulation/random.ts';

export interface StrikePace {
  /** Counts a request of a worker; true: strike now. */
  isDue(): boolean;
  readonly requests: number;
}

/** Before anything is known of how many requests the work takes. */
const FIRST_GAP_REQUESTS = 400;
const MIN_GAP_REQUESTS = 20;
const MIN_PROGRESS = 0.02;

/** `progress`: 0 to 1, how much of the work is done. `left`: strikes to come. */
export function paceStrikes(
  { progress, left }: { readonly progress: () => number; readonly left: () => number },
  random: Random,
): StrikePace {
  let requests = 0;
  let due = FIRST_GAP_REQUESTS;
  const meanGap = () => {
    const done = progress();
    if (done < MIN_PROGRESS) return FIRST_GAP_REQUESTS;
    const requestsLeft = (requests / done) * Math.max(0, 1 - done);
    return Math.max(MIN_GAP_REQUESTS, requestsLeft / Math.max(1, left()));
  };
  return {
    get requests() {
      return requests;
    },
    isDue() {
      requests++;
      if (left() === 0 || requests < due) return false;
      due = requests + Math.ceil(random.next() * 2 * meanGap());
      return true;
    },
  };
}
