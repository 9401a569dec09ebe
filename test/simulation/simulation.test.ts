// Random schedules of several workers under crashes, faults and races, each from its seed: docs/simulation.md. 50,000 of them: long/.

import { expect, test } from 'vitest';
import { PROFILE_NAMES, profileOf } from './profiles.ts';
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
    for (const seed of PROFILE_NAMES.keys()) {
      const options = ['--seed', String(seed + 1), '--trace'];
      const [first, second] = await Promise.all([runSimulation(options), runSimulation(options)]);
      expect(second.output).toBe(first.output);
      expect(first.output.split('\n').length, profileOf(seed + 1).name).toBeGreaterThan(30);
    }
  },
  TIMEOUT_MILLISECONDS,
);

test(
  'a seed is replayed alone as it ran among others',
  async () => {
    const { runSchedule } = await import('./run-schedule.ts');
    const alone = await runSchedule(13);
    for (const seed of [11, 12]) await runSchedule(seed);
    expect(await runSchedule(13)).toEqual(alone);
  },
  TIMEOUT_MILLISECONDS,
);
