// `npm run worker`: what `bridge worker` is, without the rest of the command line.

import { BridgeError } from '../shared/bridge-error.ts';
import { runWorker } from './run-worker.ts';

runWorker(process.env).catch(error => {
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
