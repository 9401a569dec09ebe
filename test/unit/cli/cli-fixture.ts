// Runs the program as `bridge.ts` does, without a process.

import type { CliIo } from '../../../cli/cli-io.ts';
import type { ExitCode } from '../../../cli/exit-codes.ts';
import { runProgram } from '../../../cli/program.ts';

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCli(args: readonly string[], own: Partial<CliIo> = {}): Promise<CliRun> {
  const { io, printed } = recordingIo(own);
  const exitCode = await runProgram(args, io);
  return { exitCode, ...printed };
}

/** An io, and what was printed through it so far. */
export function recordingIo(own: Partial<CliIo> = {}) {
  const printed = { stdout: '', stderr: '' };
  const io: CliIo = {
    environment: {},
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    stdout: text => {
      printed.stdout += text;
    },
    stderr: text => {
      printed.stderr += text;
    },
    ...own,
  };
  return { io, printed };
}
