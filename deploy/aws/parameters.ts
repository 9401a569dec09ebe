// What a deployment is told, from the environment or the file `.env` beside this one. All faults are listed at once. What the worker's own
// environment knows has the same name here, and is checked by the worker's own rules: worker-settings.ts.

import { type Environment, EnvironmentReader } from '../../shared/environment.ts';
import { type ExistingNetwork, readNetwork } from './existing-network.ts';
import { readTaskSize, type TaskSize } from './task-size.ts';
import { readWorkerSettings, type WorkerSettings } from './worker-settings.ts';

export interface Parameters {
  /** Of the stack, and what the names of its resources begin with. */
  readonly name: string;
  readonly region: string;
  readonly bucket: { readonly name: string; readonly prefix: string; readonly kmsKeyArn: string | undefined };
  /** What encrypts the secret with the OSS key (worker.ossSecret), if it is not AWS's own. */
  readonly ossSecretKeyArn: string | undefined;
  /** Undefined: built from this repository. */
  readonly image: string | undefined;
  readonly taskSize: TaskSize;
  readonly scaling: {
    readonly minTasks: number;
    readonly maxTasks: number;
    /** So many first tasks are not on Spot. */
    readonly onDemandTasks: number;
    readonly useSpot: boolean;
    /** Objects that may wait for each task before there are more of them. */
    readonly backlogPerTask: number;
  };
  /** Undefined: a new one. */
  readonly network: ExistingNetwork | undefined;
  readonly alarmTopicArn: string | undefined;
  readonly logRetentionDays: number;
  readonly worker: WorkerSettings;
}

const MAX_TASKS = 1000;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = ['1', '3', '5', '7', '14', '30', '60', '90', '120', '150', '180', '365', '400', '731'] as const;

const NAME = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
/** Without access points, whose permissions differ. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What IAM would read as a pattern. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
const PATTERN_CHARACTERS = /[*?$]/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[^:]+:\d{12}:key\/.+$/;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[^:]+:\d{12}:.+$/;
const IMAGE = /^[a-z0-9][\w.:-]*\/[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** @throws BridgeError permanent `invalid-configuration`, listing every fault */
export function readParameters(environment: Environment): Parameters {
  const read = new EnvironmentReader(environment);
  const region = read.required('AWS_REGION', 'the AWS region to deploy to, best that of the S3 bucket');
  if (region !== '' && !REGION.test(region)) {
    read.fault(`AWS_REGION is ${JSON.stringify(region)}; it looks like us-west-2 or cn-north-1.`);
  }
  read.required(
    'OSS_SECRET_ID',
    'the secret with access_key_id and secret_access_key of the RAM user: its name or ARN in Secrets Manager, or ssm: and the name of a parameter',
  );
  const taskSize = readTaskSize(read);
  const parameters: Parameters = {
    name: matching(read, 'STACK_NAME', NAME, '3 to 40 lower-case letters, digits and hyphens') ?? 'oss-s3-bridge',
    region,
    bucket: readBucket(read),
    ossSecretKeyArn: matching(read, 'OSS_SECRET_KMS_KEY_ARN', KEY_ARN, 'the ARN of a key'),
    image: matching(read, 'WORKER_IMAGE', IMAGE, 'a registry, a repository and a tag or digest'),
    taskSize,
    scaling: readScaling(read),
    network: readNetwork(read),
    alarmTopicArn: readTopic(read, region),
    logRetentionDays: Number(read.oneOf('LOG_RETENTION_DAYS', RETENTION_DAYS, '30')),
    worker: readWorkerSettings(read, { region, memoryBudgetMebibytes: taskSize.memoryBudgetMebibytes }),
  };
  read.throwFaults();
  return parameters;
}

function matching(read: EnvironmentReader, name: string, rule: RegExp, description: string): string | undefined {
  const value = read.optional(name);
  if (value !== undefined && !rule.test(value)) {
    read.fault(`${name} is ${JSON.stringify(value)}; it must be ${description}.`);
  }
  return value;
}

function readBucket(read: EnvironmentReader): Parameters['bucket'] {
  const prefix = read.text('S3_PREFIX', '');
  if (PATTERN_CHARACTERS.test(prefix)) {
    read.fault(
      'S3_PREFIX contains *, ? or $, which mean something else in the policy of the worker; use another prefix.',
    );
  }
  return {
    name: matching(read, 'S3_BUCKET', BUCKET, 'the bare name of a bucket') ?? '', // the worker's rules say that it is missing
    prefix,
    kmsKeyArn: matching(read, 'S3_KMS_KEY_ID', KEY_ARN, 'the ARN of a key, since the role of the worker names it'),
  };
}

function readScaling(read: EnvironmentReader): Parameters['scaling'] {
  const minTasks = read.integer('MIN_TASKS', { minimum: 1, maximum: MAX_TASKS, fallback: 1 });
  const maxTasks = read.integer('MAX_TASKS', { minimum: 1, maximum: MAX_TASKS, fallback: 4 });
  if (maxTasks < minTasks) read.fault(`MAX_TASKS (${maxTasks}) must not be less than MIN_TASKS (${minTasks}).`);
  return {
    minTasks,
    maxTasks,
    onDemandTasks: read.integer('ON_DEMAND_TASKS', { minimum: 0, maximum: MAX_TASKS, fallback: 1 }),
    useSpot: read.boolean('SPOT', true),
    backlogPerTask: read.integer('BACKLOG_PER_TASK', { minimum: 1, maximum: 1_000_000, fallback: 1000 }),
  };
}

function readTopic(read: EnvironmentReader, region: string): string | undefined {
  const arn = matching(read, 'ALARM_TOPIC_ARN', TOPIC_ARN, 'the ARN of an SNS topic');
  if (arn !== undefined && TOPIC_ARN.test(arn) && region !== '' && arn.split(':')[3] !== region) {
    read.fault(
      `ALARM_TOPIC_ARN is a topic of ${arn.split(':')[3]}; alarms reach only topics of their own region, ${region}.`,
    );
  }
  return arn;
}
