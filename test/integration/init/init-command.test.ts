// `bridge init` as it is typed: what it prints, where, and how it ends.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { runCli } from '../../unit/cli/cli-fixture.ts';
import { ACCOUNT_ID, type InitCloud, startInitCloud, TABLE, tableWithAnotherKey } from './init-cloud.ts';

let cloud: InitCloud;
let folder: string;
beforeEach(async () => {
  cloud = await startInitCloud();
  folder = await mkdtemp(join(tmpdir(), 'bridge-init-'));
  // The SDK's own chain, as at a terminal.
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAINIT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'init/secret');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

const bridge = (...args: readonly string[]) => runCli(['init', ...args], { environment: cloud.environment });

describe('bridge init', () => {
  it('shows the plan, and does nothing', async () => {
    const { exitCode, stdout, stderr } = await bridge();
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toBe(
      [
        `Account ${ACCOUNT_ID}, region us-west-2, as arn:aws:iam::${ACCOUNT_ID}:user/alice`,
        '',
        '  create   queue oss-s3-bridge-dead-letters',
        '           14 days, of oss-s3-bridge and oss-s3-bridge-backfill alone, encrypted by SQS, TLS only',
        '  create   queue oss-s3-bridge',
        '           14 days, visibility 300 s, to oss-s3-bridge-dead-letters after 10 receives, encrypted by SQS, TLS only',
        '  create   queue oss-s3-bridge-backfill',
        '           14 days, visibility 300 s, to oss-s3-bridge-dead-letters after 10 receives, encrypted by SQS, TLS only',
        '  create   lifecycle rule oss-s3-bridge-abandoned-uploads',
        '           of bucket my-destination, ends uploads under "from-oss/" after 7 days',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('Nothing was changed. Run it again with --yes to do it.\n');
    expect(cloud.calls).not.toContain('sqs CreateQueue');
  });

  it('makes it with --yes, says so as it goes, and prints policies and lines', async () => {
    const { exitCode, stdout, stderr } = await bridge('--yes');
    expect(exitCode).toBe(EXIT.ok);
    expect(stderr).toContain('Making queue oss-s3-bridge-backfill …\n');
    expect(stderr).toMatch(/All is as it should be\.\n$/);
    expect(stdout).toContain('  created  queue oss-s3-bridge\n');
    expect(stdout).toContain("# aws-worker: AWS: the worker's role or user\n{\n");
    expect(stdout).toMatch(
      /# \.env\nAWS_REGION=us-west-2\n.*\nSQS_BACKFILL_QUEUE_URL=http:\S+\n\n# \.env\.function\n/s,
    );
    expect(stdout).not.toContain('init/secret');
    const again = await bridge('--yes');
    expect(again.stdout).toContain('  exists   queue oss-s3-bridge\n');
    expect(again.stderr).toBe('All is as it should be.\n');
  });

  it('quotes a prefix so that a .env file gives it back', async () => {
    const prefixes = ["it's/", 'a b/', '中 文/', 'say "x"/', "`x'/"];
    for (const S3_PREFIX of prefixes) {
      const environment = { ...cloud.environment, S3_PREFIX };
      const { stdout } = await runCli(['init', '--yes', '--name', 'other'], { environment });
      const lines = stdout.slice(stdout.indexOf('# .env\n'), stdout.indexOf('# .env.function'));
      expect(parseEnv(lines).S3_PREFIX).toBe(S3_PREFIX);
    }
  });

  it('writes the policies as files where that is asked for, and again', async () => {
    for (const _ of [1, 2]) {
      const { stdout } = await bridge('--yes', '--policies', join(folder, 'policies'));
      expect(stdout).toContain(`# Policies: in ${join(folder, 'policies')}\n`);
      expect(stdout).not.toContain('"Statement"');
    }
    const files = await readdir(join(folder, 'policies'));
    expect(files).toHaveLength(8);
    const worker = JSON.parse(await readFile(join(folder, 'policies', 'aws-worker.json'), 'utf8'));
    expect(worker.Statement.length).toBeGreaterThan(3);
  });

  it('that is blocked has applied nothing, and writes no policies', async () => {
    // So that its queues are there, as when it is run again with another LEDGER_URL.
    await bridge('--yes');
    cloud.tables.set(TABLE, tableWithAnotherKey());
    const environment = { ...cloud.environment, LEDGER_URL: `dynamodb:${TABLE}` };
    const policies = join(folder, 'policies');
    const { exitCode, stdout } = await runCli(['init', '--yes', '--json', '--policies', policies], { environment });
    expect(exitCode).toBe(EXIT.failed);
    expect(JSON.parse(stdout)).toMatchObject({ applied: false });
    expect(JSON.parse(stdout).resources.map(({ state }: { state: string }) => state)).toContain('blocked');
    const told = await runCli(['init', '--yes', '--policies', policies], { environment });
    expect(told.stdout).toContain('BLOCKED');
    expect(told.stdout).not.toContain('# Policies');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says where they cannot be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { exitCode, stderr } = await bridge('--policies', file);
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toContain(`The policies could not be written to ${file}`);
  });

  it('is one JSON document with --json', async () => {
    const plan = await bridge('--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({ applied: false, identity: { accountId: ACCOUNT_ID } });
    expect(JSON.parse(plan.stdout).environment).toBeUndefined();
    const made = JSON.parse((await bridge('--json', '--yes')).stdout);
    expect(made).toMatchObject({
      applied: true,
      resources: [{ state: 'created' }, { state: 'created' }, { state: 'created' }, { state: 'created' }],
      environment: { worker: { S3_BUCKET: 'my-destination' } },
    });
    expect(made.policies.complete.map(({ name }: { name: string }) => name)).toContain('aliyun-trigger-role');
  });

  it('ends with 3 where something differs, and says how to change it', async () => {
    await cloud.sqs.send(new CreateQueueCommand({ QueueName: 'oss-s3-bridge', Attributes: { DelaySeconds: '9' } }));
    const { exitCode, stdout, stderr } = await bridge('--yes');
    expect(exitCode).toBe(EXIT.differs);
    expect(stdout).toContain('  DIFFERS  queue oss-s3-bridge\n');
    expect(stdout).toContain(
      '           DelaySeconds (init --yes --update changes it)\n             is        9\n             would be  0\n',
    );
    expect(stderr).toMatch(/What differs was left as it is\. --yes --update changes what is safe to change\.\n$/);
    const changed = await bridge('--yes', '--update');
    expect(changed).toMatchObject({
      exitCode: EXIT.ok,
      stdout: expect.stringContaining('  updated  queue oss-s3-bridge\n'),
    });
  });

  it('prints nothing of a cloud that could move a cursor', async () => {
    const Policy = JSON.stringify({ Statement: [{ Sid: 'x\u001b[2J', Effect: 'Allow' }] });
    await cloud.sqs.send(new CreateQueueCommand({ QueueName: 'oss-s3-bridge', Attributes: { Policy } }));
    cloud.decide = () => undefined;
    const { stdout } = await bridge();
    expect(stdout).toContain('DIFFERS');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('ends with 2 and every fault of the environment', async () => {
    const { exitCode, stderr } = await runCli(['init', '--name', 'x.fifo'], { environment: {} });
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toMatch(/^3 things to mend.*AWS_REGION.*--name.*S3_BUCKET/s);
  });

  it('ends with 1 and a sentence where AWS refuses', async () => {
    cloud.decide = call =>
      call === 'sqs GetQueueUrl'
        ? { status: 403, body: '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}' }
        : undefined;
    const { exitCode, stderr, stdout } = await bridge();
    expect(exitCode).toBe(EXIT.failed);
    expect(stdout).toBe('');
    expect(stderr).toContain('Allow sqs:GetQueueUrl on oss-s3-bridge-dead-letters to whoever runs init');
  });

  it('ends with 130 when it is stopped', async () => {
    const stop = new AbortController();
    cloud.decide = () => {
      stop.abort();
      return undefined;
    };
    const { exitCode } = await runCli(['init', '--yes'], { environment: cloud.environment, signal: stop.signal });
    expect(exitCode).toBe(EXIT.cancelled);
  });

  it('explains itself', async () => {
    const { stdout } = await bridge('--help');
    for (const text of ['--function-user', '--queue-kms-key', '--update', 'Examples:', 'Exit codes:']) {
      expect(stdout).toContain(text);
    }
  });
});
