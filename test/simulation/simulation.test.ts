// Random schedules of several workers under crashes, faults and races, each from its seed: docs/simulation.md. 50,000 of them: long/.

import { expect, test } from 'vitest';
import { PROFILE_NAMES, profileOf } from './profiles.ts';
import { runSchedule } from './run-schedule.ts';
import { runSimulation } from './run-simulation.ts';

const TIMEOUT_MILLISECONDS = 180_000;

test(
  '2,000 schedules end with nothing lost, nothing stale, nothing counted twice and nothing left behind',
  async () => {
    const { exitCode, output } = await runSimulation(['--from', '1', '--count', '2000']);
    expect(exitCode, output).toBe(0);
    expect(output).toContain('2000 schedules');
  },
  TIMEOUT_MILLISECONDS,
);

test(
  'the same seed is the same schedule, step by step',
  async () => {
    // One of each profile: heartbeats, backfills, crashes and late writes are among them.
    for (const [index, name] of PROFILE_NAMES.entries()) {
      const seed = PROFILE_NAMES.length + index;
      expect(profileOf(seed).name).toBe(name);
      const first = await traceOf(seed);
      expect(first.length).toBeGreaterThan(30);
      // Others in between leave nothing behind.
      await runSchedule(seed + 1);
      expect(await traceOf(seed)).toEqual(first);
    }
  },
  TIMEOUT_MILLISECONDS,
);

test(
  'a seed is replayed by the command line as it ran among others',
  async () => {
    const { output } = await runSimulation(['--seed', '13', '--trace']);
    expect(output.split('\n').slice(0, -2)).toEqual(await traceOf(13));
  },
  TIMEOUT_MILLISECONDS,
);

async function traceOf(seed: number): Promise<readonly string[]> {
  const lines: string[] = [];
  await runSchedule(seed, line => lines.push(line));
  return lines;
}
