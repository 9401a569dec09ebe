import { expect, test } from 'vitest';
import { runSimulation } from '../run-simulation.ts';

/** Beyond those that every run of the tests plays. */
const FROM = '2001';
const TIMEOUT_MILLISECONDS = 1_200_000;

test(
  '50,000 schedules end with nothing lost, nothing stale, nothing counted twice and nothing left behind',
  async () => {
    const { exitCode, output } = await runSimulation(['--from', FROM, '--count', '50000', '--processes', '1']);
    expect(exitCode, output).toBe(0);
    expect(output).toContain('50000 schedules');
  },
  TIMEOUT_MILLISECONDS,
);
