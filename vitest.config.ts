import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those are `npm run test:faults` and `npm run test:dynamodb`: vitest-faults.config.ts, vitest-dynamodb.config.ts.
    exclude: ['test/dynamodb/**', 'test/faults/**', 'test/simulation/long/**', 'test/acceptance/{kill,pause}.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Nothing that the tests print or log may hold a secret.
    globalSetup: ['test/secrets/check-output.ts'],
    // Also where there are but two cores: much of the time is spent waiting for sockets.
    maxWorkers: 2,
  },
});
