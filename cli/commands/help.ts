import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import { addExamples } from '../help-text.ts';

/** In place of commander's own, which knows no `help backfill start`. */
export function addHelpCommand(program: Command, _io: CliIo): void {
  const command = program
    .command('help')
    .description('explain a command')
    .argument('[command...]', 'its name')
    .action(async (names: readonly string[]) => {
      let asked = program;
      for (const name of names) {
        const found = asked.commands.find(candidate => candidate.name() === name);
        // Nobody runs what was asked about: only those who have commands of their own, and refuse all other words, are handed one.
        if (found === undefined && asked.commands.length > 0) await asked.parseAsync([name], { from: 'user' });
        asked = found ?? asked;
      }
      asked.help();
    });
  addExamples(command, [['bridge help version', 'the same as bridge version --help']]);
}
