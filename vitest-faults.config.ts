// The long suites: worker processes that are killed and stopped at random, every fault at every phase, the simulation at length. `npm run test:faults`.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts', 'test/acceptance/{kill,pause}.test.ts', 'test/simulation/long/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One file at a time: each starts workers of its own and measures them.
    fileParallelism: false,
    globalSetup: ['test/secrets/check-output.ts'],
    // Where a run is told in figures, they are printed as they are.
    disableConsoleIntercept: true,
  },
});
