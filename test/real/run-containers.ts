// `npm run test:containers`: the worker's image, as the README has it: `docker compose up`, three workers, kill -9, on DynamoDB Local. Arguments go to
// vitest. Whatever it started is gone when it ends, also after Ctrl-C.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, docker, PROJECT_VARIABLE, removeProject } from '../containers/engine.ts';
import { type DynamodbLocal, startDynamodbLocal } from './dynamodb-local.ts';
import { onInterrupt, runVitest } from './run-vitest.ts';

if (await hasEngine()) {
  await run();
} else {
  process.stderr.write(
    'This needs a container engine: docker, with Compose 2.24 or newer, which this user may use (docker info). It builds the image, for which npm has to reach its registry.\n',
  );
  process.exitCode = 1;
}

async function hasEngine(): Promise<boolean> {
  try {
    const asked = await Promise.all([docker(['info']), docker(['compose', 'version'])]);
    return asked.every(({ code }) => code === 0);
  } catch {
    return false; // no docker at all
  }
}

async function run(): Promise<void> {
  const signal = onInterrupt();
  const project = `oss-s3-bridge-test-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), `${project}-`));
  let server: DynamodbLocal | undefined;
  try {
    server = await startDynamodbLocal(signal);
    process.stderr.write('Building the image.\n');
    await buildImage(project);
    process.exitCode = await runVitest({
      values: ['--config', 'vitest-containers.config.ts', ...process.argv.slice(2)],
      environment: { DYNAMODB_TEST_ENDPOINT: server.endpoint, [PROJECT_VARIABLE]: project, TMPDIR: folder },
      signal,
    });
  } finally {
    await removeProject(project);
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
