// What `--help` says beside what commander makes of the commands and options themselves.

import type { Command } from 'commander';

/** Lines of a shell, each with what it is for. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, purpose: string])[]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) => `  ${line.padEnd(width)}   # ${purpose}`);
  command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}

export const EXIT_CODES_TEXT = `
Exit codes:
  0    it succeeded
  1    it did not; standard error says why and what to do
  2    wrong arguments or environment (of doctor: arguments alone); every fault is listed, and nothing was done
  3    it ended, and something has to be looked at: failed objects (backfill watch), other settings (init)
  130  ended by Ctrl-C or SIGTERM`;
