// The import table: which folder knows which. Whoever needs a line that is not here changes the architecture, and says so in an ADR.

import type { ImportFact, SourceFacts } from './source-facts.ts';

const TRANSFER_PORTS = ['aws-worker/transfer/object-source.ts', 'aws-worker/transfer/object-destination.ts'];
const OUTCOME = 'aws-worker/transfer/outcome.ts';
/** What those who decide know of those who do. */
const WORK_PORTS = [
  'aws-worker/ledger/ledger.ts',
  'aws-worker/queue/message-queue.ts',
  'aws-worker/queue/disposition.ts',
  OUTCOME,
];
/** Passed in. */
const WORK_TYPES = ['aws-worker/transfer/reconcile.ts', 'aws-worker/transfer/abandon-upload.ts'];

interface Row {
  /** Folders and files beside the importer's own folder; a folder ends with `/`. */
  readonly ours: readonly string[];
  /** As types alone: the values are passed in. */
  readonly types?: readonly string[];
  /** With `import('…')` alone: loaded only when it is needed. */
  readonly lazily?: readonly string[];
  readonly packages: readonly RegExp[];
}

const ANY = /^/;
const CLOUD_SDK = /^(@aws-sdk\/|@smithy\/|@alicloud\/|ali-oss$)/;
const AWS_SDK = /^@aws-sdk\//;
const COMMANDER = /^commander$/;
/** What each command stands on; loaded with the program, whatever command runs. */
const COMMAND_BASE = ['cli/cli-io.ts', 'cli/exit-codes.ts', 'cli/help-text.ts', 'cli/run-command.ts', 'shared/'];
/** What the commands do; each may use the worker's own adapters, and is loaded only by the command that needs it. */
const ENGINE: Row = {
  ours: ['shared/', 'aws-worker/', 'cli/cli-io.ts', 'cli/exit-codes.ts'],
  packages: [CLOUD_SDK, /^typebox(\/|$)/],
};

/** The longest folder that a file lies in is its row, or the file itself. `''` is the root: configuration of tools. */
const TABLE: Readonly<Record<string, Row>> = {
  'shared/': { ours: [], packages: [/^typebox(\/|$)/] },
  'aliyun-fc/': { ours: ['shared/'], packages: [AWS_SDK] },
  'aws-worker/': { ours: ['aws-worker/', 'shared/'], packages: [CLOUD_SDK, /^fastify$/] },
  // The consumer tells what its timeouts must be; the rest are types.
  'aws-worker/config/': {
    ours: ['shared/', 'aws-worker/queue/consumer.ts'],
    types: ['aws-worker/credentials/'],
    packages: [],
  },
  'aws-worker/credentials/': { ours: ['shared/', 'aws-worker/storage/oss-v4-signer.ts'], packages: [AWS_SDK] },
  'aws-worker/transfer/': { ours: ['shared/'], packages: [] },
  'aws-worker/backfill/': { ours: ['shared/', ...WORK_PORTS], types: WORK_TYPES, packages: [] },
  'aws-worker/live/': { ours: ['shared/', ...WORK_PORTS], types: WORK_TYPES, packages: [] },
  'aws-worker/storage/': {
    ours: ['shared/', ...TRANSFER_PORTS, 'aws-worker/backfill/source-listing.ts'],
    packages: [CLOUD_SDK, /^undici$/, /^fast-xml-parser$/],
  },
  'aws-worker/queue/': { ours: ['shared/'], packages: [AWS_SDK] },
  'aws-worker/ledger/': {
    ours: ['shared/', OUTCOME, 'aws-worker/transfer/upload-checkpoints.ts'],
    packages: [AWS_SDK],
  },
  'aws-worker/http/': {
    ours: ['shared/', OUTCOME, 'aws-worker/ledger/ledger.ts'],
    types: ['aws-worker/backfill/start-backfill.ts'],
    packages: [/^fastify$/, /^@fastify\//, /^typebox(\/|$)/, /^prom-client$/],
  },
  // A package of its own. What a deployment hands to the worker is checked by the worker's rules.
  'deploy/aws/': { ours: ['shared/', 'aws-worker/config.ts'], packages: [/^aws-cdk-lib(\/|$)/, /^constructs$/] },
  'deploy/aws/test/': { ours: ['shared/', 'aws-worker/config.ts', 'deploy/aws/'], packages: [ANY] },
  'cli/': { ours: ['shared/', 'cli/commands/'], packages: [COMMANDER] },
  'cli/commands/': {
    ours: COMMAND_BASE,
    types: ['cli/', 'aws-worker/'],
    lazily: ['cli/', 'aws-worker/'],
    packages: [COMMANDER],
  },
  // The sources alone have a local cloud; the image does without.
  'cli/commands/local.ts': { ours: COMMAND_BASE, lazily: ['local/'], packages: [COMMANDER] },
  'cli/backfill/': ENGINE,
  // It looks at a deployed function, and asks of it what the function's own code asks.
  'cli/doctor/': { ...ENGINE, ours: [...ENGINE.ours, 'aliyun-fc/config.ts', 'aliyun-fc/forwarded-events.ts'] },
  'cli/init/': { ...ENGINE, ours: [...ENGINE.ours, 'deploy/policies/'] },
  'local/': { ours: ['aliyun-fc/', 'aws-worker/', 'shared/', 'bench/', 'test/'], packages: [ANY] },
  'bench/': { ours: ['aliyun-fc/', 'aws-worker/', 'shared/', 'local/', 'test/'], packages: [ANY] },
  'test/': { ours: [''], packages: [ANY] },
  '': { ours: [], packages: [ANY] },
};

/** The only files that may import an SDK, by the beginning of their names. */
const SDK_FILES: readonly { readonly sdk: RegExp; readonly prefixes: readonly string[] }[] = [
  { sdk: /^@aws-sdk\/(client-s3|lib-storage|s3-)/, prefixes: ['s3-'] },
  { sdk: /^@aws-sdk\/client-sqs$/, prefixes: ['sqs-'] },
  { sdk: /^@aws-sdk\/(client|lib)-dynamodb$/, prefixes: ['dynamodb-'] },
  { sdk: /^@aws-sdk\/client-sts$/, prefixes: ['sts-'] },
  { sdk: /^@aws-sdk\/client-secrets-manager$/, prefixes: ['secretsmanager-'] },
  { sdk: /^@aws-sdk\/client-ssm$/, prefixes: ['ssm-'] },
  { sdk: /^@alicloud\/fc/, prefixes: ['fc-'] },
  { sdk: /^ali-oss$/, prefixes: ['oss-'] },
  { sdk: CLOUD_SDK, prefixes: ['s3-', 'sqs-', 'dynamodb-', 'fc-', 'oss-'] },
];
const COMPOSITION_ROOT = /^(aws-worker\/(main|worker|connect-[a-z0-9-]+)\.ts|aliyun-fc\/index\.ts)$/;
const MAY_DO_ANYTHING = /^(local|bench|test)\//;

/** One sentence for each import that the table does not have. */
export function importFaults(file: SourceFacts): readonly string[] {
  const folder = rowOf(file.path);
  if (folder === undefined) return [`${file.path}: no rule for this folder; add one to the import table`];
  const row = TABLE[folder];
  return file.imports
    .filter(fact => row !== undefined && !(isAllowed(fact, folder, row) && isInItsFile(fact, file.path)))
    .map(({ target }) => `${file.path} must not import ${target}`);
}

function rowOf(path: string): string | undefined {
  if (!path.includes('/') || path.endsWith('.config.ts')) return '';
  return Object.keys(TABLE)
    .filter(folder => folder !== '' && path.startsWith(folder))
    .sort((a, b) => b.length - a.length)[0];
}

function isAllowed(fact: ImportFact, folder: string, row: Row): boolean {
  const { target } = fact;
  if (target.startsWith('node:')) return true;
  if (!fact.isOurs) return row.packages.some(pattern => pattern.test(target));
  const reaches = (place: string) =>
    place.endsWith('/') || place === '' ? target.startsWith(place) : target === place;
  return (
    [folder, ...row.ours].some(reaches) ||
    (fact.isTypeOnly && (row.types ?? []).some(reaches)) ||
    (fact.isLazy && (row.lazily ?? []).some(reaches))
  );
}

function isInItsFile({ target }: ImportFact, path: string): boolean {
  const rule = SDK_FILES.find(({ sdk }) => sdk.test(target));
  if (rule === undefined || COMPOSITION_ROOT.test(path) || MAY_DO_ANYTHING.test(path)) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return rule.prefixes.some(prefix => name.startsWith(prefix));
}
