// Runs schedules one after another, and says what it found and how fast it was.

import { profileNameOf } from './profiles.ts';
import { runSchedule, type ScheduleResult } from './run-schedule.ts';

export interface RangeOptions {
  readonly from: number;
  readonly count: number;
  /** Every so many-th seed: several processes share a range. */
  readonly stride?: number;
  /** Only seeds of this profile. */
  readonly profile?: string | undefined;
  readonly maxSeconds?: number | undefined;
  /** After so many failures the rest is left. */
  readonly maxFailures?: number;
}

export interface RangeResult {
  readonly schedules: number;
  readonly turns: number;
  readonly seconds: number;
  readonly failures: readonly ScheduleResult[];
  /** False: time was up before the last seed. */
  readonly isComplete: boolean;
}

const DEFAULT_MAX_FAILURES = 10;

export async function runRange(options: RangeOptions): Promise<RangeResult> {
  const {
    from,
    count,
    stride = 1,
    maxSeconds = Number.POSITIVE_INFINITY,
    maxFailures = DEFAULT_MAX_FAILURES,
  } = options;
  const startedAt = performance.now();
  const secondsNow = () => (performance.now() - startedAt) / 1000;
  const failures: ScheduleResult[] = [];
  let schedules = 0;
  let turns = 0;
  let isComplete = true;
  for (let seed = from; seed < from + count; seed += stride) {
    isComplete = failures.length < maxFailures && secondsNow() < maxSeconds;
    if (!isComplete) break;
    if (options.profile !== undefined && options.profile !== profileNameOf(seed)) continue;
    const result = await runSchedule(seed);
    schedules += 1;
    turns += result.turns;
    if (result.failure !== undefined) failures.push(result);
  }
  return { schedules, turns, seconds: secondsNow(), failures, isComplete };
}

/** A failed schedule, and how to see it again. */
export function describeFailure({ seed, profile, failure }: ScheduleResult): string {
  return `seed ${seed} (${profile.name}):\n${failure}\nnode test/simulation/run.ts --seed ${seed} --trace\n${JSON.stringify(profile)}`;
}
