import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Also where there are but two cores: much of the time is spent waiting for sockets.
    maxWorkers: 2,
  },
});
