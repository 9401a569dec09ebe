// Runs the schedule of one seed. While it runs, chance and timeouts are the schedule's: whatever asks Math.random or AbortSignal.timeout gets the
// seed's numbers and virtual time, so the same seed is the same schedule, step by step.

import { ScheduleFault } from './oracle.ts';
import { play } from './play.ts';
import { type Profile, profileOf } from './profiles.ts';
import { createRandom } from './random.ts';
import { World } from './world.ts';

export interface ScheduleResult {
  readonly seed: number;
  readonly profile: Profile;
  readonly turns: number;
  readonly elapsedSeconds: number;
  /** Undefined: every promise held. */
  readonly failure: string | undefined;
}

/** Before what the oracle found; any other failure is one of the simulation itself, or an error that nobody foresaw. */
export const BROKEN_PROMISE = 'A promise is broken:';

export async function runSchedule(seed: number, trace?: (line: string) => void): Promise<ScheduleResult> {
  const profile = profileOf(seed);
  const world = new World({ seed, profile, trace });
  const random = createRandom(seed ^ 0x0dd);
  const [originalRandom, originalTimeout] = [Math.random, AbortSignal.timeout];
  let failure: unknown;
  const onRejection = (reason: unknown) => {
    failure ??= new Error('A promise was rejected, and nobody heard of it.', { cause: reason });
  };
  process.on('unhandledRejection', onRejection);
  Math.random = () => random.next();
  AbortSignal.timeout = milliseconds => {
    const timer = new AbortController();
    world.time.after(milliseconds, undefined, () => timer.abort());
    return timer.signal;
  };
  try {
    await play(world);
  } catch (error) {
    failure ??= error;
  } finally {
    Math.random = originalRandom;
    AbortSignal.timeout = originalTimeout;
    process.off('unhandledRejection', onRejection);
  }
  const { turn: turns } = world;
  return { seed, profile, turns, elapsedSeconds: world.time.elapsedSeconds, failure: describe(failure) };
}

function describe(failure: unknown): string | undefined {
  if (failure === undefined) return undefined;
  if (!(failure instanceof Error)) return String(failure);
  if (failure instanceof ScheduleFault) return `${BROKEN_PROMISE}\n${failure.message}`;
  const cause = failure.cause instanceof Error ? `\n${failure.cause.stack}` : '';
  return `${failure.stack}${cause}`;
}
