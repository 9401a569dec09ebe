import type { Command } from 'commander';
import { packageVersion } from '../../shared/package-version.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

export function addVersionCommand(program: Command, io: CliIo): void {
  const command = program
    .command('version')
    .description('print the version')
    .option('--json', 'as a JSON document')
    .action(
      runCommand(io, async ({ json }: { readonly json?: true }) => {
        io.stdout(`${json ? JSON.stringify({ version: packageVersion() }) : versionText()}\n`);
        return EXIT.ok;
      }),
    );
  addExamples(command, [['bridge version --json', 'for programs']]);
}

export function versionText(): string {
  return `oss-s3-bridge ${packageVersion()}`;
}
