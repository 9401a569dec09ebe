// How a command ends: the exit code that it returns, or an error as a sentence on standard error and the exit code of its kind.

import { CommanderError } from 'commander';
import { BridgeError, hasCode, isKind } from '../shared/bridge-error.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** What an error of these codes says is about what was typed, or about the environment. */
const USAGE_CODES = ['invalid-arguments', 'invalid-configuration'];

/**
 * Of `run`, which returns an exit code, an action for commander, which knows none: other codes than 0 become the error that
 * commander itself ends with, and `runProgram` reads it there.
 */
export function runCommand<Arguments extends readonly unknown[]>(
  io: CliIo,
  run: (...given: Arguments) => Promise<ExitCode>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    const exitCode = await run(...given).catch((error: unknown) => explain(io, error));
    if (exitCode !== EXIT.ok) throw new CommanderError(exitCode, 'bridge.ended', '');
  };
}

function explain(io: CliIo, error: unknown): ExitCode {
  if (io.signal.aborted && isKind(error, 'cancelled')) return EXIT.cancelled;
  io.stderr(`${error instanceof BridgeError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return hasCode(error, ...USAGE_CODES) ? EXIT.usage : EXIT.failed;
}
