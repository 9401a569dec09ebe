import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

export function addWorkerCommand(program: Command, io: CliIo): void {
  const command = program
    .command('worker')
    .description('move objects, until SIGTERM or Ctrl-C; everything it needs to know is in the environment')
    .action(
      runCommand(io, async () => {
        const { runWorker } = await import('../../aws-worker/run-worker.ts');
        // While that was loaded. From here on it hears signals itself.
        if (io.signal.aborted) return EXIT.ok;
        await runWorker(io.environment);
        return EXIT.ok;
      }),
    );
  addExamples(command, [
    ['bridge worker', 'with the .env of this folder'],
    ['PORT=8081 bridge worker', 'another one beside it'],
  ]);
}
