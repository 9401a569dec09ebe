// The program: its commands, each in a file of its own. What runs, how wide the terminal is, and where output goes is passed in.

import { Command, CommanderError } from 'commander';
import { escapeControls } from '../shared/messages/quote-text.ts';
import type { CliIo } from './cli-io.ts';
import { addBackfillCommand } from './commands/backfill.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addHelpCommand } from './commands/help.ts';
import { addInitCommand } from './commands/init.ts';
import { addLocalCommand } from './commands/local.ts';
import { addVersionCommand, versionText } from './commands/version.ts';
import { addWorkerCommand } from './commands/worker.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addExamples, EXIT_CODES_TEXT } from './help-text.ts';

/** In the order of `--help`. */
const COMMANDS = [
  addInitCommand,
  addDoctorCommand,
  addWorkerCommand,
  addBackfillCommand,
  addLocalCommand,
  addVersionCommand,
  addHelpCommand,
] as const;

export function createProgram(io: CliIo): Command {
  const program = new Command('bridge')
    .description('Moves objects from Alibaba Cloud OSS to Amazon S3.')
    .version(versionText(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // What was typed is repeated in what is said of it; the line breaks are commander's own.
      outputError: (text, write) => write(text.split('\n').map(escapeControls).join('\n')),
    })
    .addHelpText('after', EXIT_CODES_TEXT);
  for (const addCommand of COMMANDS) addCommand(program, io);
  addExamples(program, [
    ['bridge worker', 'run the worker, from the environment and .env'],
    ['bridge backfill start --watch', 'move what is there already, and look on'],
    ['bridge help backfill start', 'what a command takes, with examples'],
  ]);
  return program;
}

/** `args` without node and the script. Everything that is wrong was said on standard error when it returns. */
export async function runProgram(args: readonly string[], io: CliIo): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error);
    throw error;
  }
}

function exitCodeOf({ code, exitCode }: CommanderError): ExitCode {
  if (exitCode === 0) return EXIT.ok;
  if (code !== 'bridge.ended') return EXIT.usage;
  return Object.values(EXIT).find(known => known === exitCode) ?? EXIT.failed;
}
