import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import type { ExitCode } from '../exit-codes.ts';
import { addExamples } from '../help-text.ts';
import { runCommand } from '../run-command.ts';

interface Options {
  readonly name: string;
  readonly functionUser?: string;
  readonly workerRole?: string;
  readonly queueKmsKey?: string;
  readonly policies?: string;
  readonly yes?: true;
  readonly update?: true;
  readonly json?: true;
}

export function addInitCommand(program: Command, io: CliIo): void {
  const command = program
    .command('init')
    .summary('make the queues, the ledger table and the lifecycle rule on AWS')
    .description(
      'Make on AWS what a bridge stands on: a live and a backfill queue, their dead-letter queue, the ledger table (LEDGER_URL=dynamodb:TABLE), and the rule that ends abandoned uploads. Without --yes it shows what it would do, and changes nothing on AWS. It may be run again at any time: what is there is left alone, what differs is shown.',
    )
    .option('--name <name>', 'what all names begin with', 'oss-s3-bridge')
    .option('--function-user <arn>', "the IAM user whose key the function has; the live queue's policy lets it send")
    .option('--worker-role <arn>', 'the role or user that the worker is, where S3_ROLE_ARN is to trust it')
    .option('--queue-kms-key <key>', "encrypt the queues with this KMS key; without it, with SQS's own")
    .option(
      '--policies <directory>',
      'write the policies there, a file each, instead of printing them; also without --yes',
    )
    .option('--yes', 'do it')
    .option('--update', 'with --yes: also change settings that differ, where nobody can be worse off')
    .option('--json', 'everything as one JSON document')
    .action(runCommand(io, (options: Options) => run(io, options)));
  addExamples(command, [
    ['bridge init', 'what it would make, and in whose account'],
    ['bridge init --yes --policies policies', 'make it; policies as files'],
    ['bridge init --yes --function-user arn:aws:iam::111122223333:user/bridge', 'name the sender in the queue policy'],
    ['bridge init --json | jq .resources', 'for programs'],
  ]);
  command.addHelpText(
    'after',
    `
Environment (.env of this folder is read):
  AWS_REGION, S3_BUCKET                          required
  S3_PREFIX, S3_REGION, LEDGER_URL               what is made
  S3_KMS_KEY_ID, S3_ACL, COPY_TAGS,
  S3_ROLE_ARN, S3_ROLE_EXTERNAL_ID,
  OSS_SECRET_ID                                  what the policies allow
  OSS_BUCKET, OSS_REGION, ALIYUN_ACCOUNT_ID      for the policies of Alibaba Cloud
AWS credentials come from the SDK's own chain: AWS_PROFILE, keys, a role. The plan says whose they are.

Exit codes:
  0    all is there, or would be made
  1    it did not succeed, or a name is taken by something else
  2    wrong arguments or environment
  3    something exists with other settings`,
  );
}

async function run(io: CliIo, options: Options): Promise<ExitCode> {
  const { readInitSettings } = await import('../init/init-settings.ts');
  const { init } = await import('../init/init.ts');
  const { exitCodeOf, isBlocked, nextStep } = await import('../init/conclude.ts');
  const { formatResult } = await import('../init/format-report.ts');
  const { writePolicies } = await import('../init/write-policies.ts');
  const { yes = false, update = false, json = false, policies: folder } = options;
  const report = await init({
    settings: readInitSettings(io.environment, options),
    environment: io.environment,
    apply: yes,
    update,
    signal: io.signal,
    say: text => io.stderr(`${text}\n`),
  });
  const blocked = isBlocked(report.resources);
  const applied = yes && !blocked;
  if (folder !== undefined && !blocked) await writePolicies(folder, report.policies);
  io.stdout(json ? `${JSON.stringify({ applied, ...report })}\n` : formatResult(report, { applied, folder }));
  io.stderr(`${nextStep(report.resources, { yes, update })}\n`);
  return exitCodeOf(report.resources);
}
