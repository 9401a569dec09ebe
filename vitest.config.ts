import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those are `npm run test:faults`, `npm run test:dynamodb` and `npm run test:containers`: vitest-faults.config.ts, ….
    exclude: [
      'test/{containers,dynamodb,faults}/**',
      'test/simulation/long/**',
      'test/acceptance/{kill,pause}.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Files share a process, and what it has loaded: loading took a third of the time. So a file leaves the process as it was, and none mocks a module.
    isolate: false,
    // Nothing that the tests print or log may hold a secret.
    globalSetup: ['test/secrets/check-output.ts'],
    // Also where there are but two cores: much of the time is spent waiting for sockets.
    maxWorkers: 4,
  },
});
