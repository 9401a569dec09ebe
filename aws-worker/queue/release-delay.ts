import { backoffMilliseconds } from '../../shared/backoff.ts';

/**
 * How soon a released message is seen again. Not at once: a long poll that was cut off a moment ago, as a stop does whose grace period is over, may
 * still take it on the server's side, and nobody would have it until its visibility timeout ends.
 */
export const SHORTEST_RELEASE_SECONDS = 1;

const FIRST_DELAY_SECONDS = 5;
const MAX_DELAY_SECONDS = 900;

/** Whole seconds, at least one, until a message that failed in an unforeseen way is seen again; longer with every receive, with jitter. */
export function releaseDelaySeconds(receiveCount: number, random: () => number = Math.random): number {
  const milliseconds = backoffMilliseconds(Math.max(0, receiveCount - 1), {
    baseMilliseconds: FIRST_DELAY_SECONDS * 1000,
    maximumMilliseconds: MAX_DELAY_SECONDS * 1000,
    random: () => 0.5 + random() / 2,
  });
  return Math.ceil(milliseconds / 1000);
}
