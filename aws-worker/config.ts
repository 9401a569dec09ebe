// The worker's environment, as one frozen value. All faults are listed at once. .env.example names every variable; a test compares them.

import { type Environment, EnvironmentReader } from '../shared/environment.ts';
import { MEBIBYTE } from '../shared/limits.ts';
import { LOG_LEVELS, type LogLevel } from '../shared/log.ts';

const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
  'EXPRESS_ONEZONE',
] as const;
const ENCRYPTIONS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
const ACLS = ['private', 'bucket-owner-full-control', 'bucket-owner-read'] as const;
const MIN_PART_MEBIBYTES = 5;
const MIN_TOKEN_CHARACTERS = 16;

export interface WorkerConfig {
  readonly oss: {
    /** `cn-hangzhou`, without `oss-`. */
    readonly region: string;
    readonly bucket: string;
    readonly endpoint: URL | undefined;
    readonly prefix: string;
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    readonly securityToken: string | undefined;
    readonly maxMegabitsPerSecond: number | undefined;
    readonly maxRequestsPerSecond: number | undefined;
  };
  readonly s3: {
    readonly bucket: string;
    readonly region: string;
    readonly prefix: string;
    readonly forcePathStyle: boolean;
    readonly storageClass: (typeof STORAGE_CLASSES)[number] | undefined;
    readonly encryption: (typeof ENCRYPTIONS)[number] | undefined;
    readonly kmsKeyId: string | undefined;
    readonly acl: (typeof ACLS)[number] | undefined;
    readonly metadataOverflow: 'fail' | 'drop';
  };
  readonly sqs: {
    readonly region: string;
    /** Where all requests go, whatever the host in a queue's URL: a VPC endpoint, a local server. */
    readonly endpoint: string | undefined;
    readonly queueUrl: string;
    readonly backfillQueueUrl: string;
    readonly deadLetterQueueUrl: string | undefined;
    readonly visibilityTimeoutSeconds: number;
  };
  readonly ledger:
    | { readonly kind: 'sqlite'; readonly path: string }
    | {
        readonly kind: 'dynamodb';
        readonly table: string;
        readonly region: string;
        readonly endpoint: string | undefined;
      };
  readonly http: { readonly host: string; readonly port: number; readonly apiToken: string };
  readonly tuning: {
    readonly maxConcurrentObjects: number;
    readonly maxConcurrentParts: number;
    readonly memoryBudgetBytes: number;
    readonly partSizeBytes: number;
  };
  readonly copyTags: boolean;
  readonly shutdownGraceSeconds: number;
  readonly logLevel: LogLevel;
}

/** @throws BridgeError permanent `invalid-configuration`, listing every fault */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  const read = new EnvironmentReader(environment);
  const config: WorkerConfig = {
    oss: readOss(read),
    s3: readS3(read),
    sqs: readSqs(read),
    ledger: readLedger(read),
    http: readHttp(read),
    tuning: readTuning(read),
    copyTags: read.boolean('COPY_TAGS', false),
    shutdownGraceSeconds: read.integer('SHUTDOWN_GRACE_SECONDS', { minimum: 0, maximum: 3600, fallback: 25 }),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  // Named in the plans, not built yet: writing with another identity than was asked for would be worse than not starting.
  if (read.optional('S3_ROLE_ARN') !== undefined) {
    read.fault('S3_ROLE_ARN is not supported yet: give the worker a role that may write to the bucket itself.');
  }
  read.throwFaults();
  return deepFreeze(config);
}

function readOss(read: EnvironmentReader): WorkerConfig['oss'] {
  const region = read.required('OSS_REGION', 'the region of the OSS bucket, such as cn-hangzhou').replace(/^oss-/, '');
  if (region !== '' && !/^[a-z]{2,}(-[a-z0-9]+)+$/.test(region)) {
    read.fault(`OSS_REGION is ${JSON.stringify(region)}; it looks like cn-hangzhou or ap-southeast-1.`);
  }
  return {
    region,
    bucket: readBucket(read, 'OSS_BUCKET', OSS_BUCKET, 'the name of the OSS bucket to copy from'),
    endpoint: read.url('OSS_ENDPOINT'),
    prefix: read.text('OSS_PREFIX', ''),
    accessKeyId: read.required('OSS_ACCESS_KEY_ID', 'the access key of the RAM user that reads the OSS bucket'),
    accessKeySecret: read.required('OSS_ACCESS_KEY_SECRET', "that RAM user's secret"),
    securityToken: read.optional('OSS_SECURITY_TOKEN'),
    maxMegabitsPerSecond: read.optionalInteger('OSS_MAX_MEGABITS_PER_SECOND', { minimum: 1, maximum: 1_000_000 }),
    maxRequestsPerSecond: read.optionalInteger('OSS_MAX_REQUESTS_PER_SECOND', { minimum: 1, maximum: 1_000_000 }),
  };
}

/** https://www.alibabacloud.com/help/en/oss/user-guide/bucket-naming-conventions */
const OSS_BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const S3_BUCKET = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:[^:]+:s3:[^:]+:\d+:accesspoint[/:].+)$/;

function readBucket(read: EnvironmentReader, name: 'OSS_BUCKET' | 'S3_BUCKET', rule: RegExp, purpose: string): string {
  const bucket = read.required(name, purpose);
  if (bucket !== '' && !rule.test(bucket)) {
    read.fault(
      `${name} is ${JSON.stringify(bucket)}; it must be the bare name of a bucket: 3 to 63 lower-case letters, digits and hyphens.`,
    );
  }
  return bucket;
}

function readS3(read: EnvironmentReader): WorkerConfig['s3'] {
  const region = read.optional('S3_REGION') ?? read.optional('AWS_REGION') ?? '';
  const encryption =
    read.optional('S3_ENCRYPTION') === undefined ? undefined : read.oneOf('S3_ENCRYPTION', ENCRYPTIONS, 'AES256');
  const kmsKeyId = read.optional('S3_KMS_KEY_ID');
  if (kmsKeyId !== undefined && encryption !== 'aws:kms' && encryption !== 'aws:kms:dsse') {
    read.fault('S3_KMS_KEY_ID is set, so S3_ENCRYPTION must be aws:kms or aws:kms:dsse.');
  }
  return {
    bucket: readBucket(read, 'S3_BUCKET', S3_BUCKET, 'the name of the S3 bucket to copy to'),
    region,
    prefix: read.text('S3_PREFIX', ''),
    forcePathStyle: read.boolean('S3_FORCE_PATH_STYLE', false),
    storageClass:
      read.optional('S3_STORAGE_CLASS') === undefined
        ? undefined
        : read.oneOf('S3_STORAGE_CLASS', STORAGE_CLASSES, 'STANDARD'),
    encryption,
    kmsKeyId,
    acl: read.optional('S3_ACL') === undefined ? undefined : read.oneOf('S3_ACL', ACLS, 'private'),
    metadataOverflow: read.oneOf('S3_METADATA_OVERFLOW', ['fail', 'drop'], 'fail'),
  };
}

function readSqs(read: EnvironmentReader): WorkerConfig['sqs'] {
  const region = read.required(
    'AWS_REGION',
    'the AWS region of the queue (and of the S3 bucket, unless S3_REGION says otherwise)',
  );
  read.required('SQS_QUEUE_URL', 'the URL of the queue that the Function Compute handler sends to');
  const queueUrl = read.url('SQS_QUEUE_URL')?.href ?? '';
  return {
    region,
    endpoint: read.url('AWS_ENDPOINT_URL_SQS')?.href,
    queueUrl,
    backfillQueueUrl: read.url('SQS_BACKFILL_QUEUE_URL')?.href ?? queueUrl,
    deadLetterQueueUrl: read.url('SQS_DEAD_LETTER_QUEUE_URL')?.href,
    visibilityTimeoutSeconds: read.integer('SQS_VISIBILITY_TIMEOUT_SECONDS', {
      minimum: 30,
      maximum: 3600,
      fallback: 300,
    }),
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

function readLedger(read: EnvironmentReader): WorkerConfig['ledger'] {
  const url = read.text('LEDGER_URL', 'sqlite:data/ledger.db');
  const endpoint = read.url('AWS_ENDPOINT_URL_DYNAMODB')?.href;
  const [, kind, place = ''] = /^(sqlite|dynamodb):(.+)$/.exec(url) ?? [];
  if (kind === undefined) {
    read.fault(
      `LEDGER_URL is ${JSON.stringify(url)}; it must be sqlite: and a path, such as sqlite:data/ledger.db, or dynamodb: and the name of a table.`,
    );
  }
  if (kind !== 'dynamodb') return { kind: 'sqlite', path: place };
  if (!TABLE_NAME.test(place)) {
    read.fault(
      `LEDGER_URL names the table ${JSON.stringify(place)}; a table's name has 3 to 255 letters, digits, _, . and -, without its ARN or region.`,
    );
  }
  return { kind: 'dynamodb', table: place, region: read.text('AWS_REGION', ''), endpoint };
}

function readHttp(read: EnvironmentReader): WorkerConfig['http'] {
  const apiToken = read.required(
    'API_TOKEN',
    'the secret that callers of the HTTP API send as `Authorization: Bearer …`; make one with: openssl rand -hex 32',
  );
  if (apiToken !== '' && apiToken.length < MIN_TOKEN_CHARACTERS) {
    read.fault(`API_TOKEN has fewer than ${MIN_TOKEN_CHARACTERS} characters; make one with: openssl rand -hex 32`);
  }
  return {
    host: read.text('HOST', '127.0.0.1'),
    port: read.integer('PORT', { minimum: 0, maximum: 65_535, fallback: 8080 }),
    apiToken,
  };
}

function readTuning(read: EnvironmentReader): WorkerConfig['tuning'] {
  const partMebibytes = read.integer('PART_SIZE_MEBIBYTES', {
    minimum: MIN_PART_MEBIBYTES,
    maximum: 5 * 1024,
    fallback: 8,
  });
  const memoryMebibytes = read.integer('MEMORY_BUDGET_MEBIBYTES', { minimum: 16, maximum: 64 * 1024, fallback: 48 });
  if (memoryMebibytes < 2 * partMebibytes) {
    read.fault(
      `MEMORY_BUDGET_MEBIBYTES (${memoryMebibytes}) must be at least twice PART_SIZE_MEBIBYTES (${partMebibytes}).`,
    );
  }
  return {
    maxConcurrentObjects: read.integer('MAX_CONCURRENT_OBJECTS', { minimum: 1, maximum: 1024, fallback: 64 }),
    maxConcurrentParts: read.integer('MAX_CONCURRENT_PARTS', { minimum: 1, maximum: 64, fallback: 4 }),
    memoryBudgetBytes: memoryMebibytes * MEBIBYTE,
    partSizeBytes: partMebibytes * MEBIBYTE,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !(member instanceof URL)) deepFreeze(member);
  }
  return Object.freeze(value);
}
