// The ledger on DynamoDB Local, a real server: `npm run test:dynamodb`, which starts it.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/dynamodb/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    pool: 'forks',
    globalSetup: ['test/secrets/check-output.ts'],
    // One server serves them all.
    maxWorkers: 2,
    // Where a run is told in figures, they are printed as they are.
    disableConsoleIntercept: true,
  },
});
