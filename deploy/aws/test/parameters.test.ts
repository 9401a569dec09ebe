import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { Environment } from '../../../shared/environment.ts';
import { type Parameters, readParameters } from '../parameters.ts';
import { ACCOUNT, REQUIRED } from './synthesize.ts';

const EXAMPLE = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'));
const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:operators`;
const ROLE = 'arn:aws:iam::444455556666:role/bridge-writer';
const KEY = `arn:aws:kms:us-west-2:${ACCOUNT}:key/5f7a`;

const read = (changes: Environment = {}) => readParameters({ ...REQUIRED, ...changes });

function faultsOf(environment: Environment): readonly string[] {
  try {
    readParameters(environment);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    expect(error.code).toBe('invalid-configuration');
    return error.message
      .split('\n')
      .slice(1)
      .map(line => line.replace(/^ {2}- /, ''));
  }
  return [];
}

describe('parameters', () => {
  it('need five values, and say of each that is missing what it is', () => {
    const faults = faultsOf({});
    expect(faults).toHaveLength(5);
    for (const name of Object.keys(REQUIRED))
      expect(faults).toContainEqual(expect.stringMatching(`^${name} is missing: .+\\.$`));
  });

  it('have defaults for everything else', () => {
    const { taskSize, scaling, ...others } = read();
    expect(others).toEqual({
      name: 'oss-s3-bridge',
      region: 'us-west-2',
      bucket: { name: 'my-destination', prefix: '', kmsKeyArn: undefined },
      ossSecretKeyArn: undefined,
      image: undefined,
      network: undefined,
      alarmTopicArn: undefined,
      logRetentionDays: 30,
      worker: {
        environment: {
          OSS_REGION: 'cn-hangzhou',
          OSS_BUCKET: 'my-source',
          OSS_SECRET_ID: 'oss-s3-bridge/oss',
          S3_BUCKET: 'my-destination',
          SHUTDOWN_GRACE_SECONDS: '105',
          MEMORY_BUDGET_MEBIBYTES: '1024',
        },
        ossSecret: { kind: 'secrets-manager', secretId: 'oss-s3-bridge/oss', region: 'us-west-2' },
        s3RoleArn: undefined,
        copiesTags: false,
        setsAcl: false,
      },
    });
    expect(taskSize).toEqual({
      cpuUnits: 1024,
      memoryMebibytes: 2048,
      memoryBudgetMebibytes: 1024,
      architecture: 'ARM64',
    });
    expect(scaling).toEqual({ minTasks: 1, maxTasks: 4, onDemandTasks: 1, useSpot: true, backlogPerTask: 1000 });
  });

  const values: readonly (readonly [Environment, (parameters: Parameters) => unknown, unknown])[] = [
    [{ STACK_NAME: 'photos' }, ({ name }) => name, 'photos'],
    [{ AWS_REGION: 'us-gov-west-1' }, ({ region }) => region, 'us-gov-west-1'],
    [{ S3_PREFIX: 'a b/é' }, ({ bucket }) => bucket.prefix, 'a b/é'],
    [{ S3_ENCRYPTION: 'aws:kms', S3_KMS_KEY_ID: KEY }, ({ bucket }) => bucket.kmsKeyArn, KEY],
    [{ OSS_SECRET_KMS_KEY_ARN: KEY }, ({ ossSecretKeyArn }) => ossSecretKeyArn, KEY],
    [{ S3_ROLE_ARN: ROLE, S3_ROLE_EXTERNAL_ID: 'agreed' }, ({ worker }) => worker.s3RoleArn, ROLE],
    [{ OSS_SECRET_ID: 'ssm:/bridge/oss' }, ({ worker }) => worker.ossSecret.kind, 'ssm'],
    [{ WORKER_IMAGE: 'localhost:5000/worker:x' }, ({ image }) => image, 'localhost:5000/worker:x'],
    [{ SPOT: 'no' }, ({ scaling }) => scaling.useSpot, false],
    [{ MIN_TASKS: '5', MAX_TASKS: '5' }, ({ scaling }) => scaling.minTasks, 5],
    [{ ALARM_TOPIC_ARN: TOPIC }, ({ alarmTopicArn }) => alarmTopicArn, TOPIC],
    [
      { TASK_CPU_UNITS: '4096', TASK_MEMORY_MEBIBYTES: '30720' },
      ({ taskSize }) => taskSize.memoryBudgetMebibytes,
      15_360,
    ],
    [{ COPY_TAGS: 'true' }, ({ worker }) => worker.copiesTags, true],
    [{ S3_ACL: 'private' }, ({ worker }) => worker.setsAcl, true],
    [{ LOG_RETENTION_DAYS: '731' }, ({ logRetentionDays }) => logRetentionDays, 731],
  ];
  it.each(values)('take %o', (changes, memberOf, expected) => {
    expect(memberOf(read(changes))).toBe(expected);
  });

  const network = { VPC_ID: 'vpc-0123456789abcdef0', SUBNET_IDS: 'subnet-0123456789abcdef0' };
  const faults: readonly (readonly [Environment, string])[] = [
    [{ STACK_NAME: 'My_Stack' }, 'STACK_NAME is "My_Stack"'],
    [{ STACK_NAME: 'x'.repeat(41) }, 'STACK_NAME is "xxx'],
    [{ AWS_REGION: 'oregon' }, 'AWS_REGION is "oregon"; it looks like us-west-2'],
    [
      { S3_BUCKET: 'arn:aws:s3:us-west-2:1:accesspoint/x' },
      'S3_BUCKET is "arn:aws:s3:us-west-2:1:accesspoint/x"; it must be the bare name',
    ],
    [{ S3_PREFIX: 'all*' }, 'S3_PREFIX contains *, ? or $'],
    [{ S3_ENCRYPTION: 'aws:kms', S3_KMS_KEY_ID: 'alias/x' }, 'S3_KMS_KEY_ID is "alias/x"; it must be the ARN of a key'],
    [{ OSS_SECRET_ID: 'not a name' }, 'OSS_SECRET_ID has characters that no name has'],
    [{ S3_ROLE_ARN: 'bridge-writer' }, 'S3_ROLE_ARN is "bridge-writer"'],
    [{ S3_ROLE_ARN: ROLE.replace('aws', 'aws-cn') }, 'S3_ROLE_ARN is in the partition aws-cn'],
    [{ S3_ROLE_EXTERNAL_ID: 'agreed' }, 'S3_ROLE_EXTERNAL_ID is set without S3_ROLE_ARN'],
    [{ S3_BUCKET_KEY: 'true' }, 'S3_BUCKET_KEY is set, so S3_ENCRYPTION must be aws:kms'],
    [{ OSS_SECRET_KMS_KEY_ARN: 'key' }, 'OSS_SECRET_KMS_KEY_ARN is "key"'],
    [{ WORKER_IMAGE: 'worker' }, 'WORKER_IMAGE is "worker"'],
    [{ WORKER_IMAGE: 'ghcr.io/you/worker' }, 'WORKER_IMAGE is "ghcr.io/you/worker"'],
    [{ MIN_TASKS: '0' }, 'MIN_TASKS is "0"'],
    [{ MIN_TASKS: '5' }, 'MAX_TASKS (4) must not be less than MIN_TASKS (5)'],
    [{ ON_DEMAND_TASKS: 'all' }, 'ON_DEMAND_TASKS is "all"'],
    [{ SPOT: 'perhaps' }, 'SPOT is "perhaps"'],
    [{ BACKLOG_PER_TASK: '0' }, 'BACKLOG_PER_TASK is "0"'],
    [{ TASK_CPU_UNITS: '1000' }, 'TASK_CPU_UNITS is "1000"'],
    [
      { TASK_MEMORY_MEBIBYTES: '1024' },
      'TASK_MEMORY_MEBIBYTES is 1024; with TASK_CPU_UNITS=1024 Fargate has 2048 to 8192',
    ],
    [{ TASK_MEMORY_MEBIBYTES: '2500' }, 'TASK_MEMORY_MEBIBYTES is 2500'],
    [{ TASK_MEMORY_MEBIBYTES: '9216' }, 'TASK_MEMORY_MEBIBYTES is 9216'],
    [{ CPU_ARCHITECTURE: 'arm' }, 'CPU_ARCHITECTURE is "arm"'],
    [{ VPC_ID: 'vpc-1', SUBNET_IDS: network.SUBNET_IDS }, 'VPC_ID has "vpc-1"'],
    [{ VPC_ID: network.VPC_ID }, 'SUBNET_IDS is missing'],
    [{ SUBNET_IDS: network.SUBNET_IDS }, 'SUBNET_IDS, ROUTE_TABLE_IDS and ASSIGN_PUBLIC_IP are for an existing VPC'],
    [{ ASSIGN_PUBLIC_IP: 'false' }, 'SUBNET_IDS, ROUTE_TABLE_IDS and ASSIGN_PUBLIC_IP are for an existing VPC'],
    [{ ...network, SUBNET_IDS: `${network.SUBNET_IDS},sub-1` }, 'SUBNET_IDS has "sub-1"'],
    [{ ...network, ROUTE_TABLE_IDS: 'main' }, 'ROUTE_TABLE_IDS has "main"'],
    [{ ALARM_TOPIC_ARN: 'operators' }, 'ALARM_TOPIC_ARN is "operators"'],
    [{ ALARM_TOPIC_ARN: TOPIC.replace('us-west-2', 'us-east-1') }, 'ALARM_TOPIC_ARN is a topic of us-east-1'],
    [{ LOG_RETENTION_DAYS: '31' }, 'LOG_RETENTION_DAYS is "31"'],
    // The worker's own rules.
    [{ OSS_REGION: 'Hangzhou' }, 'OSS_REGION is "Hangzhou"'],
    [{ OSS_ENDPOINT: 'oss.example.com' }, 'OSS_ENDPOINT is not a URL'],
    [{ S3_STORAGE_CLASS: 'COLD' }, 'S3_STORAGE_CLASS is "COLD"'],
    [{ S3_KMS_KEY_ID: KEY }, 'S3_KMS_KEY_ID is set, so S3_ENCRYPTION must be'],
    [{ COPY_TAGS: 'maybe' }, 'COPY_TAGS is "maybe"'],
    [{ PART_SIZE_MEBIBYTES: '1000' }, 'MEMORY_BUDGET_MEBIBYTES (1024) must be at least twice PART_SIZE_MEBIBYTES'],
  ];
  it.each(faults)('refuse %o and nothing else', (changes, fault) => {
    expect(faultsOf({ ...REQUIRED, ...changes })).toEqual([expect.stringContaining(fault)]);
  });

  it('list all faults at once, those of the worker among them', () => {
    const changes = { AWS_REGION: '', S3_STORAGE_CLASS: 'COLD', MAX_TASKS: '0', CPU_ARCHITECTURE: 'arm' };
    const names = faultsOf({ ...REQUIRED, ...changes }).map(fault => fault.split(' ')[0]);
    expect(names.sort()).toEqual(['AWS_REGION', 'CPU_ARCHITECTURE', 'MAX_TASKS', 'S3_STORAGE_CLASS']);
  });
});

describe('.env.example', () => {
  function namesRead(): readonly string[] {
    const names = new Set<string>();
    const watched = new Proxy<Environment>(REQUIRED, {
      get: (target, name) => {
        names.add(String(name));
        return Reflect.get(target, name);
      },
    });
    readParameters(watched);
    return [...names];
  }

  it('names exactly the parameters that are read', () => {
    expect(Object.keys(EXAMPLE).sort()).toEqual([...namesRead()].sort());
  });

  it('can be deployed as it is, and shows the defaults', () => {
    expect(readParameters(EXAMPLE)).toEqual(read());
  });

  it('has each parameter explained in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = new Set(
      [...readme.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name),
      ),
    );
    expect(Object.keys(EXAMPLE).filter(name => !rows.has(name))).toEqual([]);
  });
});
