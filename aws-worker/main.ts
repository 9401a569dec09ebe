// The worker's process. `npm run worker`, or the container.

import { readFileSync } from 'node:fs';
import { BridgeError } from '../shared/bridge-error.ts';
import { createLog } from '../shared/log.ts';
import { readWorkerConfig } from './config.ts';
import { runUntilSignal } from './shutdown.ts';
import { startWorker } from './worker.ts';

async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  const log = createLog({ level: config.logLevel });
  await runUntilSignal({
    start: signal =>
      startWorker({
        config,
        version: readVersion(),
        dashboardFolder: new URL('./http/dashboard/', import.meta.url),
        log,
        signal,
      }),
    log,
  });
}

/** Of the package; the bundle has its own copy beside it. */
function readVersion(): string {
  for (const path of ['./package.json', '../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // not there: the next one
    }
  }
  return 'unknown';
}

main().catch(error => {
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
