import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileFaults } from './architecture/file-rules.ts';
import { findCycles } from './architecture/find-cycles.ts';
import { importFaults } from './architecture/import-rules.ts';
import { readSourceFacts } from './architecture/source-facts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Not ours, or not source. */
const LEFT_OUT = /^(node_modules|dist|data|coverage|cdk\.out|\..*)$/;

const files = globSync('**/*.ts', { cwd: ROOT, exclude: name => LEFT_OUT.test(name) }).map(path =>
  readSourceFacts(path.replaceAll('\\', '/'), readFileSync(`${ROOT}/${path}`, 'utf8')),
);

describe('the code', () => {
  it('is looked at as a whole', () => {
    const folders = new Set(files.map(({ path }) => path.split('/')[0]));
    expect([...folders]).toEqual(
      expect.arrayContaining(['aliyun-fc', 'aws-worker', 'cli', 'shared', 'local', 'bench', 'deploy', 'test']),
    );
    expect(files.length).toBeGreaterThan(200);
  });

  it('imports only what the table allows', () => {
    expect(files.flatMap(importFaults)).toEqual([]);
  });

  it('imports only files that exist, by their whole names', () => {
    const missing = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ isOurs, target }) => isOurs && !existsSync(`${ROOT}/${target}`))
        .map(({ target }) => `${path}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('has no cycle', () => {
    expect(findCycles(files)).toEqual([]);
  });

  it('keeps the rules for each file', () => {
    expect(files.flatMap(fileFaults)).toEqual([]);
  });
});

describe('the import table', () => {
  const refused = [
    ['shared/log.ts', "import { x } from '../aws-worker/config.ts';"],
    ['shared/log.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['deploy/aws/queues.ts', "import { createQueue } from '../../aws-worker/queue/sqs-client.ts';"],
    ['deploy/aws/queues.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
    ['aws-worker/worker.ts', "import { readParameters } from '../deploy/aws/parameters.ts';"],
    ['aliyun-fc/config.ts', "import type { x } from '../aws-worker/config.ts';"],
    ['aliyun-fc/config.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
    ['aws-worker/worker.ts', "import { x } from '../aliyun-fc/config.ts';"],
    ['aws-worker/worker.ts', "export { x } from '../local/start.ts';"],
    ['aws-worker/worker.ts', "const x = await import('../bench/run.ts');"],
    ['aws-worker/worker.ts', "type X = import('../test/fakes/virtual-clock.ts').X;"],
    ['aws-worker/check-clouds.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['aws-worker/transfer/decide.ts', "import { x } from '../storage/oss-source.ts';"],
    ['aws-worker/transfer/decide.ts', "import { Pool } from 'undici';"],
    ['aws-worker/storage/s3-head.ts', "import { reconcile } from '../transfer/reconcile.ts';"],
    ['aws-worker/storage/s3-head.ts', "import OSS from 'ali-oss';"],
    ['aws-worker/storage/rate-limit.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['aws-worker/queue/sqs-client.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['aws-worker/ledger/ledger.ts', "import { x } from '../queue/consumer.ts';"],
    ['aws-worker/backfill/sweep.ts', "import { x } from '../ledger/sqlite-ledger.ts';"],
    ['aws-worker/live/reconcile-live-object.ts', "import { x } from '../storage/s3-head.ts';"],
    ['aws-worker/live/reconcile-live-object.ts', "import { createReconcile } from '../transfer/reconcile.ts';"],
    ['aws-worker/http/app.ts', "import { startBackfill } from '../backfill/start-backfill.ts';"],
    ['aws-worker/worker.ts', "import { runProgram } from '../cli/program.ts';"],
    ['aws-worker/worker.ts', "import { Command } from 'commander';"],
    ['local/start.ts', "import { runProgram } from '../cli/program.ts';"],
    ['cli/program.ts', "import { x } from '../aws-worker/config.ts';"],
    ['cli/program.ts', "const x = await import('../local/serve.ts');"],
    ['cli/commands/doctor.ts', "import { x } from '../doctor/check-all.ts';"],
    ['cli/commands/doctor.ts', "import { x } from '../../aws-worker/config.ts';"],
    ['cli/commands/doctor.ts', "const x = await import('../../local/serve.ts');"],
    ['cli/commands/local.ts', "import { x } from '../../local/serve.ts';"],
    ['cli/doctor/check-all.ts', "import { Command } from 'commander';"],
    ['cli/doctor/check-all.ts', "import { x } from '../init/plan.ts';"],
    ['cli/doctor/check-all.ts', "import { x } from '../commands/doctor.ts';"],
    ['cli/doctor/check-all.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['cli/doctor/check-all.ts', "import { x } from '@alicloud/fc2';"],
    ['cli/doctor/check-all.ts', "import policy from '../../deploy/policies/aws-worker.json' with { type: 'json' };"],
    ['cli/init/policies.ts', "import app from '../../deploy/aws/package.json' with { type: 'json' };"],
    ['cli/init/run-init.ts', "import { STSClient } from '@aws-sdk/client-sts';"],
    ['cli/doctor/s3-items.ts', "import { STSClient } from '@aws-sdk/client-sts';"],
    ['cli/doctor/function-items.ts', "import { handleOssEvent } from '../../aliyun-fc/handle-oss-event.ts';"],
    ['cli/doctor/function-items.ts', "import Client from '@alicloud/fc2';"],
    ['another/new.ts', ''],
  ] as const;
  it.each(refused)('refuses %s with: %s', (path, text) => {
    expect(importFaults(readSourceFacts(path, text))).toHaveLength(1);
  });

  const allowed = [
    ['shared/log.ts', "import { Type } from 'typebox';"],
    ['aliyun-fc/sqs-message-sender.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
    ['aws-worker/connect-storage.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['cli/doctor/sts-identity.ts', "import { STSClient } from '@aws-sdk/client-sts';"],
    ['cli/doctor/judge-triggers.ts', "import { FORWARDED_EVENTS } from '../../aliyun-fc/forwarded-events.ts';"],
    ['cli/doctor/fc-client.ts', "const sdk = await import('@alicloud/fc2');"],
    ['aws-worker/transfer/decide.ts', "import { createHash } from 'node:crypto';"],
    ['aws-worker/storage/oss-source.ts', "import type { ObjectSource } from '../transfer/object-source.ts';"],
    ['aws-worker/http/app.ts', "import type { startBackfill } from '../backfill/start-backfill.ts';"],
    ['deploy/aws/queues.ts', "import { Queue } from 'aws-cdk-lib/aws-sqs';"],
    ['deploy/aws/worker-settings.ts', "import { readWorkerConfig } from '../../aws-worker/config.ts';"],
    ['cli/program.ts', "import { addVersionCommand } from './commands/version.ts';"],
    ['cli/commands/doctor.ts', "const { checkAll } = await import('../doctor/check-all.ts');"],
    ['cli/commands/doctor.ts', "import type { Check } from '../doctor/check.ts';"],
    ['cli/commands/local.ts', "const { serve } = await import('../../local/serve.ts');"],
    ['cli/doctor/check-all.ts', "import { readWorkerConfig } from '../../aws-worker/config.ts';"],
    ['cli/doctor/s3-checks.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['cli/doctor/fc-function.ts', "import { x } from '@alicloud/fc2';"],
    ['cli/init/policies.ts', "import policy from '../../deploy/policies/aws-worker.json' with { type: 'json' };"],
    ['cli/init/sts-identity.ts', "import { STSClient } from '@aws-sdk/client-sts';"],
    ['test/x.test.ts', "import { x } from '../local/start.ts';"],
    ['shared/log.ts', "// import { x } from '../local/start.ts';\nconst text = \"import '../local/start.ts'\";"],
  ] as const;
  it.each(allowed)('allows %s with: %s', (path, text) => {
    expect(importFaults(readSourceFacts(path, text))).toEqual([]);
  });
});

describe('a cycle', () => {
  it('is found and named, among types too', () => {
    const circle = [
      readSourceFacts('shared/a.ts', "import { b } from './b.ts';"),
      readSourceFacts('shared/b.ts', "import type { c } from './keys/c.ts';"),
      readSourceFacts('shared/keys/c.ts', "export { a } from '../a.ts';"),
    ];
    expect(findCycles(circle)).toEqual(['shared/a.ts -> shared/b.ts -> shared/keys/c.ts -> shared/a.ts']);
  });
});

describe('the rules for each file', () => {
  const refused = [
    ['kebab-case', 'shared/camelCase.ts', ''],
    ['kebab-case', 'shared/Messages/message.ts', ''],
    ['default export', 'shared/log.ts', 'export default 1;'],
    ['default export', 'shared/log.ts', 'export default function log() {}'],
    ['default export', 'shared/log.ts', 'const log = 1; export { log as default };'],
    ['split', 'shared/log.ts', 'x;\n'.repeat(301)],
    ['environment', 'aws-worker/worker.ts', 'x(process.env.HOME);'],
    ['environment', 'aws-worker/worker.ts', "x(globalThis.process['env']);"],
    ['environment', 'aws-worker/worker.ts', 'const { env } = process;'],
    ['environment', 'aws-worker/worker.ts', "import { env } from 'node:process';"],
    ['environment', 'deploy/aws/stack.ts', 'x(process.env.HOME);'],
    ['passed in', 'cli/commands/version.ts', 'process.stdout.write(text);'],
    ['passed in', 'cli/doctor/check-all.ts', 'globalThis.process.exit(1);'],
    ['issue', 'shared/log.ts', `// TO${'DO'}: later`],
    ['Node 20', 'shared/log.ts', 'Promise.withResolvers();'],
    ['Node 20', 'aliyun-fc/index.ts', 'bytes.toBase64();'],
    ['Node 20', 'aliyun-fc/index.ts', "import { DatabaseSync } from 'node:sqlite';"],
  ] as const;
  it.each(refused)('speak of %s in %s (%#)', (fault, path, text) => {
    expect(fileFaults(readSourceFacts(path, text))).toEqual([expect.stringContaining(fault)]);
  });

  const allowed = [
    ['tool.config.ts', 'export default process.env.HOME;'],
    ['cli/doctor/some-package.d.ts', "declare module 'some-package' { class Client {} export = Client; }"],
    ['aws-worker/main.ts', 'x(process.env);'],
    ['deploy/aws/app.ts', 'x(process.env);'],
    ['cli/bridge.ts', 'x(process.env, process.argv);'],
    ['shared/log.ts', 'x;\n'.repeat(300)],
    ['shared/log.ts', `// TO${'DO'} #12: later\n// process.env is read elsewhere`],
    ['aws-worker/ledger/sqlite-open.ts', "import { DatabaseSync } from 'node:sqlite';"],
  ] as const;
  it.each(allowed)('have nothing against %s (%#)', (path, text) => {
    expect(fileFaults(readSourceFacts(path, text))).toEqual([]);
  });
});
