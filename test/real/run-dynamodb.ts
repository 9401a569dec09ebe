// `npm run test:dynamodb`: the ledger's suites on DynamoDB Local, which this starts and stops. Arguments go to vitest.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startDynamodbLocal } from './dynamodb-local.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

const server = await startDynamodbLocal();
try {
  const vitest = spawn(
    process.execPath,
    [VITEST, 'run', '--config', 'vitest-dynamodb.config.ts', ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, DYNAMODB_TEST_ENDPOINT: server.endpoint } },
  );
  // It ends first, then the server.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => vitest.kill(signal));
  const [code] = await once(vitest, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await server.stop();
}
