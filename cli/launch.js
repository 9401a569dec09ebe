#!/usr/bin/env node
// The package's `bin`: plain JavaScript for any Node from 20 on. Runs bridge.ts on the Node that `npm ci` put into node_modules, as the npm scripts
// do, with .env of the current folder; signals go on to it, and its exit code comes back.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As `npm run worker` and the image have it: the heap holds no object's bytes, so it stays small, and is collected before it grows. */
const WORKER_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=128'];
/** url.parse() inside ali-oss. */
const FLAGS = ['--disable-warning=DEP0169'];

const [command] = process.argv.slice(2);
const child = spawn(
  await findNode(),
  [
    ...FLAGS,
    ...(command === 'worker' ? WORKER_FLAGS : []),
    ...(existsSync('.env') ? ['--env-file=.env'] : []),
    fileURLToPath(new URL('bridge.ts', import.meta.url)),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) process.on(signal, () => passOn(signal));
child.on('error', error => {
  process.stderr.write(`bridge could not be started: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Whoever waits for us shall see what ended it.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});

/** The pinned one; without it this one, if it is new enough. */
async function findNode() {
  try {
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
    if (existsSync(node)) return node;
  } catch {
    // the package is not there at all
  }
  await import('../require-node.js'); // ends the process with advice when this Node is too old
  return process.execPath;
}

/** What is typed at a terminal goes to all processes in front of it: the child has it already, and a second one would mean "at once". */
function passOn(signal) {
  const isTyped = signal === 'SIGINT' || signal === 'SIGQUIT';
  if (!(isTyped && process.stdin.isTTY)) child.kill(signal);
}
