import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

interface Options {
  readonly function?: string;
  readonly only?: readonly string[];
  readonly json?: true;
}

export function addDoctorCommand(program: Command, io: CliIo): void {
  const command = program
    .command('doctor')
    .description('look at everything that a worker needs, with its own settings, and say what to mend')
    .option('--function <name>', 'look at the deployed function, too, and invoke it with an event')
    .option('--only <id...>', 'look at these items alone, and those that they need')
    .option('--json', 'as a JSON document')
    .action(runCommand(io, (options: Options) => runDoctor(io, options)));
  addExamples(command, [
    ['bridge doctor', 'with the .env of this folder; leaves nothing behind'],
    ['bridge doctor --function oss-s3-bridge', 'after s deploy'],
    ['bridge doctor --only s3-write sqs-live-use', 'after a policy was changed'],
  ]);
  command.addHelpText(
    'after',
    `
Exit codes:
  0    no item has a problem
  1    one has; settings that are missing or wrong are one
  2    wrong arguments
  130  ended by Ctrl-C or SIGTERM; what was made in a cloud was removed first`,
  );
}

async function runDoctor(io: CliIo, options: Options): Promise<ExitCode> {
  const [{ examine }, { formatResult, formatSummary }, { viewReport }] = await Promise.all([
    import('../doctor/examine.ts'),
    import('../doctor/format-result.ts'),
    import('../doctor/report-view.ts'),
  ]);
  const { environment, isTerminal, signal } = io;
  const hasColor = isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
  let area: string | undefined;
  const results = await examine({
    environment,
    functionName: options.function,
    only: options.only,
    signal,
    onResult: result => {
      if (options.json) return;
      io.stdout(formatResult(result, area, { isTerminal, hasColor, columns: io.columns }));
      area = result.item.area;
    },
  });
  const report = viewReport(results, { isInterrupted: signal.aborted });
  io.stdout(options.json ? `${JSON.stringify(report)}\n` : formatSummary(results, { isTerminal }));
  if (report.interrupted) return EXIT.cancelled;
  return report.ok ? EXIT.ok : EXIT.failed;
}
