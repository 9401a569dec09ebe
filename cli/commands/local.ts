import type { Command } from 'commander';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

export function addLocalCommand(program: Command, io: CliIo): void {
  const command = program
    .command('local')
    .description(
      'run stand-ins for OSS, Function Compute, SQS and S3 on this machine, and print what points a worker at them',
    )
    .action(
      runCommand(io, async () => {
        const { serveLocalCloud } = await loadLocalCloud();
        await serveLocalCloud(io);
        return EXIT.ok;
      }),
    );
  addExamples(command, [
    ['bridge local > local.env', 'until Ctrl-C; a worker finds all it needs in local.env'],
    ['LOCAL_SOURCE=~/Pictures bridge local', 'a folder of yours as the OSS bucket'],
  ]);
}

/** The image is without it. */
async function loadLocalCloud() {
  try {
    return await import('../../local/serve-local-cloud.ts');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new BridgeError({
      kind: 'permanent',
      code: 'local-cloud-missing',
      message:
        'The local cloud is not in this image, but in one of its own: docker compose --env-file .env.local --profile local up (docs/local-cloud.md).',
      cause,
    });
  }
}
