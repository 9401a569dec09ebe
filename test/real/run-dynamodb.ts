// `npm run test:dynamodb`: the ledger's suites on DynamoDB Local, which this starts and stops. Arguments go to vitest.

import { startDynamodbLocal } from './dynamodb-local.ts';
import { onInterrupt, runVitest } from './run-vitest.ts';

const signal = onInterrupt();
const server = await startDynamodbLocal(signal);
try {
  process.exitCode = await runVitest({
    values: ['--config', 'vitest-dynamodb.config.ts', ...process.argv.slice(2)],
    environment: { DYNAMODB_TEST_ENDPOINT: server.endpoint },
    signal,
  });
} finally {
  await server.stop();
}
