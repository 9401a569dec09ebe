// The worker's process, whichever program it is that starts it: `bridge worker`, the container, `npm run worker`.

import type { Environment } from '../shared/environment.ts';
import { createLog } from '../shared/log.ts';
import { packageVersion } from '../shared/package-version.ts';
import { readWorkerConfig } from './config.ts';
import { runUntilSignal } from './shutdown.ts';
import { startWorker } from './worker.ts';

/**
 * Runs until SIGTERM or SIGINT, which are heard from the moment of the call on; then ends the process.
 * @throws BridgeError: what has to be mended before it can start
 */
export async function runWorker(environment: Environment): Promise<void> {
  const config = readWorkerConfig(environment);
  const log = createLog({ level: config.logLevel });
  await runUntilSignal({
    start: signal =>
      startWorker({
        config,
        version: packageVersion(),
        dashboardFolder: new URL('./http/dashboard/', import.meta.url),
        log,
        signal,
      }),
    log,
  });
}
