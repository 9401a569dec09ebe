// What is to be made, of the options and of an environment that may still be a half-filled .env: only what init itself needs is asked for. All
// faults are listed at once.

import { type OssSecretSource, readOssSecret } from '../../aws-worker/config/oss-credential-source.ts';
import { readS3Role } from '../../aws-worker/config/s3-config.ts';
import type { RoleToAssume } from '../../aws-worker/credentials/sts-role.ts';
import { type Partition, partitionOf } from '../../shared/aws-partition.ts';
import { type Environment, EnvironmentReader } from '../../shared/environment.ts';
import { defineLedgerTable } from './dynamodb-ledger-table.ts';
import type { LedgerTable } from './dynamodb-table-rule.ts';
import { readIdentity, refuseOtherPartitions } from './identity-settings.ts';

export interface InitOptions {
  /** What all names begin with. */
  readonly name?: string | undefined;
  /** The ARN of the IAM user whose key the function has. */
  readonly functionUser?: string | undefined;
  /** The ARN of the role or user that the worker is. */
  readonly workerRole?: string | undefined;
  /** Id, ARN or alias of the KMS key that encrypts the queues; SQS's own encryption without it. */
  readonly queueKmsKey?: string | undefined;
}

export interface InitSettings {
  readonly name: string;
  readonly region: string;
  readonly partition: Partition;
  readonly functionUserArn: string | undefined;
  /** Undefined: the role of this name in this account, with `-worker`. */
  readonly workerRoleArn: string | undefined;
  readonly queueKmsKey: string | undefined;
  readonly bucket: {
    readonly name: string;
    readonly region: string;
    readonly prefix: string;
    readonly forcePathStyle: boolean;
    readonly kmsKeyId: string | undefined;
    readonly hasAcl: boolean;
    readonly hasTags: boolean;
    /** What the worker, and init, ask S3 as; undefined: themselves. */
    readonly role: RoleToAssume | undefined;
  };
  /** Undefined for a key for OSS that is not AWS's to give. */
  readonly ossSecret: OssSecretSource | undefined;
  /** Settings of the worker that are there already, and that the policies go by. */
  readonly keptLines: Readonly<Record<string, string>>;
  /** Undefined for a ledger that is a file. */
  readonly ledgerTable: LedgerTable | undefined;
  /** What the policies of Alibaba Cloud name; asked for by nobody here. */
  readonly source: {
    readonly bucket: string | undefined;
    readonly region: string | undefined;
    readonly prefix: string;
    readonly accountId: string | undefined;
    readonly functionName: string;
    readonly failureQueue: string;
    readonly failureDestination: string | undefined;
    /** `auto`, `off`, or the name of a project. */
    readonly logProject: string;
    readonly logStore: string | undefined;
  };
  /** As .env has them, if it has: they should name what is made here. */
  readonly configuredQueues: readonly { readonly variable: string; readonly url: string }[];
}

const KEPT = [
  'S3_ROLE_ARN',
  'S3_ROLE_EXTERNAL_ID',
  'S3_ENCRYPTION',
  'S3_KMS_KEY_ID',
  'S3_BUCKET_KEY',
  'S3_ACL',
  'S3_REQUESTER_PAYS',
  'COPY_TAGS',
  'OSS_SECRET_ID',
] as const;

/** A queue's name has at most 80 characters, and `-dead-letters` is added to it. */
const NAME = /^[A-Za-z0-9_-]{1,67}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/** @throws BridgeError permanent `invalid-configuration`, listing every fault */
export function readInitSettings(environment: Environment, options: InitOptions): InitSettings {
  const read = new EnvironmentReader(environment);
  const region = readRegion(read);
  const partition = partitionOf(region);
  const settings: InitSettings = {
    name: readName(read, options.name),
    region,
    partition,
    functionUserArn: readIdentity(read, {
      option: '--function-user',
      arn: options.functionUser,
      example: 'user/oss-s3-bridge-function',
      partition,
    }),
    workerRoleArn: readIdentity(read, {
      option: '--worker-role',
      arn: options.workerRole,
      example: 'role/oss-s3-bridge-worker',
      partition,
    }),
    queueKmsKey: options.queueKmsKey,
    bucket: readBucket(read, region),
    ossSecret: readOssSecret(read),
    keptLines: Object.fromEntries(
      KEPT.flatMap(name => {
        const value = read.optional(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    ledgerTable: readLedgerTable(read),
    source: {
      bucket: read.optional('OSS_BUCKET'),
      region: read.optional('OSS_REGION')?.replace(/^oss-/, ''),
      prefix: read.text('OSS_PREFIX', ''),
      accountId: read.optional('ALIYUN_ACCOUNT_ID'),
      functionName: read.text('FUNCTION_NAME', 'oss-s3-bridge'),
      failureQueue: read.text('FAILURE_QUEUE', 'oss-s3-bridge-failures'),
      failureDestination: read.optional('FAILURE_DESTINATION'),
      logProject: read.text('LOG_PROJECT', 'auto'),
      logStore: read.optional('LOG_STORE'),
    },
    configuredQueues: ['SQS_QUEUE_URL', 'SQS_BACKFILL_QUEUE_URL', 'SQS_DEAD_LETTER_QUEUE_URL'].flatMap(variable => {
      const url = read.optional(variable);
      return url === undefined ? [] : [{ variable, url }];
    }),
  };
  refuseOtherPartitions(read, { partition, region, lines: settings.keptLines });
  read.throwFaults();
  return settings;
}

function readRegion(read: EnvironmentReader): string {
  const region = read.required('AWS_REGION', 'the AWS region where the queues are to be, such as us-west-2');
  if (region !== '' && !REGION.test(region)) {
    read.fault(`AWS_REGION is ${JSON.stringify(region)}; it looks like us-west-2 or cn-north-1.`);
  }
  return region;
}

function readName(read: EnvironmentReader, name = 'oss-s3-bridge'): string {
  if (name.endsWith('.fifo')) {
    read.fault(`--name ${name} is that of a FIFO queue. The bridge uses standard queues, whose names have no dot.`);
  } else if (!NAME.test(name)) {
    read.fault(`--name is ${JSON.stringify(name)}; it must be 1 to 67 letters, digits, hyphens and underscores.`);
  }
  return name;
}

function readBucket(read: EnvironmentReader, awsRegion: string): InitSettings['bucket'] {
  const name = read.required('S3_BUCKET', 'the name of the S3 bucket to copy to; it has to exist');
  if (name.startsWith('arn:')) {
    read.fault(
      'S3_BUCKET is an access point, and lifecycle rules belong to buckets. Run init with the name of its bucket, and give the worker the access point afterwards.',
    );
  } else if (name !== '' && !BUCKET.test(name)) {
    read.fault(`S3_BUCKET is ${JSON.stringify(name)}; it must be the bare name of a bucket.`);
  }
  return {
    name,
    region: read.optional('S3_REGION') ?? awsRegion,
    prefix: read.text('S3_PREFIX', ''),
    forcePathStyle: read.boolean('S3_FORCE_PATH_STYLE', false),
    kmsKeyId: read.optional('S3_KMS_KEY_ID'),
    hasAcl: read.optional('S3_ACL') !== undefined,
    hasTags: read.boolean('COPY_TAGS', false),
    role: readS3Role(read),
  };
}

function readLedgerTable(read: EnvironmentReader): LedgerTable | undefined {
  const url = read.text('LEDGER_URL', 'sqlite:data/ledger.db');
  if (url.startsWith('sqlite:')) return undefined;
  const table = /^dynamodb:([A-Za-z0-9_.-]{3,255})$/.exec(url)?.[1];
  if (table === undefined) {
    read.fault(
      `LEDGER_URL is ${JSON.stringify(url)}; it must be sqlite: and a path, or dynamodb: and the name of a table (3 to 255 letters, digits, hyphens, underscores and dots).`,
    );
  }
  return table === undefined ? undefined : defineLedgerTable(table);
}
