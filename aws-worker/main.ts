// The worker's process. `npm run worker`, or the container.

import { readFileSync } from 'node:fs';
import { BridgeError } from '../shared/bridge-error.ts';
import { createLog } from '../shared/log.ts';
import { readWorkerConfig } from './config.ts';
import { stopOnSignals } from './shutdown.ts';
import { startWorker } from './worker.ts';

const MIN_NODE_MAJOR = 24;

async function main(): Promise<void> {
  refuseOldNode();
  const config = readWorkerConfig(process.env);
  const log = createLog({ level: config.logLevel });
  const worker = await startWorker({
    config,
    version: readVersion(),
    dashboardFolder: new URL('./http/dashboard/', import.meta.url),
    log,
  });
  stopOnSignals({ stop: worker.stop, log });
}

/** Reads node:sqlite and TypeScript sources; npm scripts run on the Node that `npm ci` installs. */
function refuseOldNode(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= MIN_NODE_MAJOR) return;
  throw new BridgeError({
    kind: 'permanent',
    code: 'node-too-old',
    message: `The worker needs Node ${MIN_NODE_MAJOR}, this is ${process.versions.node}. Start it with \`npm run worker\`: \`npm ci\` installs the right Node beside it (unless install scripts are disabled: npm rebuild node).`,
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
