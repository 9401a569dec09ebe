// The long suites: worker processes that are killed and stopped at random, every fault at every phase, the simulation at length. `npm run test:faults`.

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By parts of their names. */
const LONGEST = ['many-schedules', 'random-kills', 'matrix-small', 'matrix-large', 'twenty-gibibytes', 'random-terms'];

/** Two files at a time: one that takes minutes is not left to the end, to run alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONGEST.findIndex(name => moduleId.includes(name));
      return rank === -1 ? LONGEST.length : rank;
    };
    return files.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts', 'test/acceptance/{kill,pause}.test.ts', 'test/simulation/long/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/secrets/check-output.ts'],
    // Where a run is told in figures, they are printed as they are.
    disableConsoleIntercept: true,
  },
});
