// The worker's image in containers: `npm run test:containers`, which looks for the engine first and takes everything away in the end.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/containers/**/*.test.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 900_000,
    pool: 'forks',
    // One Compose project at a time.
    maxWorkers: 1,
    globalSetup: ['test/secrets/check-output.ts'],
    // Where a run is told in figures, they are printed as they are.
    disableConsoleIntercept: true,
  },
});
