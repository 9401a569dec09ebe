// `bridge backfill …`: clients of the worker's HTTP API, for whoever would otherwise use curl.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ApiUse, BackfillUse } from '../backfill/open-api.ts';
import type { StartOptions } from '../backfill/start-backfill.ts';
import type { CliIo } from '../cli-io.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

const DEFAULT_LISTED = 20;
const MAX_LISTED = 100;

export function addBackfillCommand(program: Command, io: CliIo): void {
  const group = program
    .command('backfill')
    .description('start, watch and steer backfills, through the API of a worker')
    .helpCommand('help [command]', 'explain a command');
  addStart(group, io);
  addList(group, io);
  addShow(group, io);
  addWatch(group, io);
  addChanges(group, io);
  addFailures(group, io);
  addExamples(group, [
    ['bridge backfill start --watch', 'move all that OSS_PREFIX covers, and look on'],
    ['bridge backfill list --url http://10.0.0.7:8080', 'ask a worker elsewhere'],
    ['docker compose exec worker bridge backfill watch', "in the worker's container"],
  ]);
  group.addHelpText(
    'after',
    '\nThe token is API_TOKEN (or in the file of API_TOKEN_FILE), from the environment or .env.',
  );
}

function addStart(group: Command, io: CliIo): void {
  const command = withApiOptions(group.command('start'), 'as the JSON document of the API; with --watch, as JSON lines')
    .description('start a backfill; the same one while it is running is found, not started again')
    .option('--prefix <prefix>', 'only keys that begin with it (default: all that OSS_PREFIX covers)')
    .addOption(
      new Option(
        '--mode <mode>',
        'missing (the default): what the destination lacks or has otherwise; all: everything',
      ).choices(['missing', 'all']),
    )
    .option('--force', 'start another one even if the same is running')
    .addOption(
      new Option(
        '--idempotency-key <key>',
        'sent again with it, the same request starts nothing new (default: a new one)',
      ).argParser(readIdempotencyKey),
    )
    .option('--watch', 'look on until it has ended, as bridge backfill watch does')
    .action(
      runCommand(io, async (options: StartOptions) => {
        const { startBackfill } = await import('../backfill/start-backfill.ts');
        return await startBackfill(io, options);
      }),
    );
  addExamples(command, [
    ['bridge backfill start', 'all that OSS_PREFIX covers'],
    ['bridge backfill start --prefix photos/ --watch', 'a part of it, looking on'],
    ['bridge backfill start --mode all', 'copy every object again, after a change of storage class'],
  ]);
}

function addList(group: Command, io: CliIo): void {
  const command = withApiOptions(group.command('list'), 'as a JSON document')
    .description('the backfills, newest first')
    .addOption(
      new Option('--limit <count>', `how many, at most ${MAX_LISTED}`)
        .default(DEFAULT_LISTED)
        .argParser(text => readCount(text, MAX_LISTED)),
    )
    .action(
      runCommand(io, async (options: ApiUse & { readonly limit: number }) => {
        const { listBackfills } = await import('../backfill/list-backfills.ts');
        return await listBackfills(io, options);
      }),
    );
  addExamples(command, [
    ['bridge backfill list', 'for people'],
    ["bridge backfill list --json | jq -r '.backfills[].id'", 'for programs'],
  ]);
}

function addShow(group: Command, io: CliIo): void {
  const command = withApiOptions(group.command('show'), 'as the JSON document of the API')
    .description('how a backfill stands')
    .argument('[id]', 'its id, or latest', 'latest')
    .action(
      runCommand(io, async (id: string, options: ApiUse) => {
        const { showBackfill } = await import('../backfill/show-backfill.ts');
        return await showBackfill(io, { ...options, id });
      }),
    );
  addExamples(command, [
    ['bridge backfill show', 'the one that was started last'],
    ['bridge backfill show latest --json | jq .failed', 'how many objects have failed in it'],
  ]);
}

function addWatch(group: Command, io: CliIo): void {
  const command = withApiOptions(group.command('watch'), 'as JSON lines, one when something has changed')
    .description('look on until a backfill has ended or is paused')
    .argument('[id]', 'its id, or latest', 'latest')
    .action(
      runCommand(io, async (id: string, options: ApiUse) => {
        const { watchBackfill } = await import('../backfill/watch-backfill.ts');
        return await watchBackfill(io, { ...options, id });
      }),
    );
  addExamples(command, [
    ['bridge backfill watch', 'the one that was started last'],
    ['bridge backfill watch > progress.log', 'a line when something has changed, every 10 s at most'],
  ]);
  command.addHelpText(
    'after',
    `
Exit codes:
  0    done, and nothing failed
  1    cancelled or paused; or the bridge did not answer, for 15 minutes or for good
  3    done, and objects failed: bridge backfill failures
  130  Ctrl-C or SIGTERM; the backfill goes on`,
  );
}

const CHANGES = [
  ['pause', 'stop listing and copying, on all workers within seconds, until it is resumed'],
  ['resume', 'go on where it was paused'],
  ['cancel', 'end it, on all workers within seconds; what was copied stays'],
  ['retry-failed', 'try again what failed in it; one that was done runs until it is done again'],
] as const;

function addChanges(group: Command, io: CliIo): void {
  for (const [change, description] of CHANGES) {
    const command = withApiOptions(group.command(change), 'as the JSON document of the API')
      .description(description)
      .argument('<id>', 'its id, or latest')
      .action(
        runCommand(io, async (id: string, options: ApiUse) => {
          const { changeBackfill } = await import('../backfill/change-backfill.ts');
          return await changeBackfill(io, { ...options, id, change });
        }),
      );
    addExamples(command, [[`bridge backfill ${change} latest`, 'the one that was started last']]);
  }
}

function addFailures(group: Command, io: CliIo): void {
  const command = withApiOptions(group.command('failures'), 'as JSON lines')
    .description('the objects that failed in a backfill, by key')
    .argument('[id]', 'its id, or latest', 'latest')
    .addOption(new Option('--limit <count>', 'no more than so many (default: all)').argParser(text => readCount(text)))
    .action(
      runCommand(io, async (id: string, options: Omit<BackfillUse, 'id'> & { readonly limit?: number }) => {
        const { listFailures } = await import('../backfill/list-failures.ts');
        return await listFailures(io, { ...options, id });
      }),
    );
  addExamples(command, [
    ['bridge backfill failures --limit 10', 'the first ten of the newest backfill'],
    ['bridge backfill failures --json | jq -r .code | sort | uniq -c', 'how many of each kind'],
  ]);
}

function withApiOptions(command: Command, json: string): Command {
  return command
    .option(
      '--url <url>',
      'where a worker answers (default: BRIDGE_URL, else http://127.0.0.1:8080, or PORT in place of 8080)',
    )
    .option('--json', json);
}

function readCount(text: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maximum) return count;
  throw new InvalidArgumentError(
    maximum === Number.MAX_SAFE_INTEGER
      ? 'It must be a whole number from 1 on.'
      : `It must be a whole number from 1 to ${maximum}.`,
  );
}

/** What a header can carry. */
function readIdempotencyKey(text: string): string {
  if (/^[\u0021-\u007e]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('It must have 1 to 200 letters, digits and punctuation marks, and no spaces.');
}
