// `npm run local`: what `bridge local` is, without the rest of the command line, and the process of the image `local`.

import { BridgeError } from '../shared/bridge-error.ts';
import { serveLocalCloud } from './serve-local-cloud.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

serveLocalCloud({
  environment: process.env,
  stdout: text => void process.stdout.write(text),
  stderr: text => void process.stderr.write(text),
  signal: stop.signal,
}).catch(error => {
  process.stderr.write(
    `${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
