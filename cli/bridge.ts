// `bridge`, the composition root of the command line: what it has of the process, it has from here.

import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-codes.ts';
import { runProgram } from './program.ts';

const COLUMNS_OF_A_PIPE = 80;

const stop = new AbortController();
// Once: a second signal ends the process at once, unless somebody (the worker) listens too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read it has had enough (`| head`), and knows.
  if (error.code !== 'EPIPE') process.stderr.write(`Standard output cannot be written: ${error.message}\n`);
  process.exit(EXIT.failed);
});
// There is nobody left to say anything to.
process.stderr.on('error', () => process.exit(EXIT.failed));

const io: CliIo = {
  environment: process.env,
  stdout: text => void process.stdout.write(text),
  stderr: text => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
  get columns() {
    // A terminal that does not say how wide it is has 0 columns.
    return process.stdout.columns || COLUMNS_OF_A_PIPE;
  },
  signal: stop.signal,
};

process.exitCode = await runProgram(process.argv.slice(2), io);
