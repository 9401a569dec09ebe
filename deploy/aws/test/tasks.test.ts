import { describe, expect, it } from 'vitest';
import { readWorkerConfig } from '../../../aws-worker/config.ts';
import type { Environment } from '../../../shared/environment.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';
import { LEDGER_TABLE, record } from './resolve-template.ts';
import { ACCOUNT, parametersOf, REQUIRED, synthesize } from './synthesize.ts';

function taskOf(family: string, changes: Environment = {}) {
  const { resources } = synthesize(changes);
  const { properties } = resources.one('AWS::ECS::TaskDefinition', task => task.properties.Family === family);
  const containers = properties.ContainerDefinitions;
  if (!Array.isArray(containers) || containers.length !== 1) throw new Error('There must be one container.');
  return { task: properties, container: record(containers[0]) };
}

const worker = (changes: Environment = {}) => taskOf('oss-s3-bridge', changes);

function pairs(value: unknown, member: 'Value' | 'ValueFrom'): Readonly<Record<string, string>> {
  const entries = Array.isArray(value) ? value.map(record) : [];
  return Object.fromEntries(entries.map(entry => [String(entry.Name), String(entry[member])]));
}

const environmentOf = ({ container }: ReturnType<typeof worker>) => pairs(container.Environment, 'Value');
const secretsOf = ({ container }: ReturnType<typeof worker>) => pairs(container.Secrets, 'ValueFrom');

describe('the container of the worker', () => {
  it('is not root, has no capability, and cannot write to its file system', () => {
    expect(worker().container).toMatchObject({
      User: 'node',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
    });
    expect(worker().container.Privileged).toBeUndefined();
  });

  it('publishes no port, and listens on its own loopback only', () => {
    expect(worker().container.PortMappings).toBeUndefined();
    expect(environmentOf(worker())).toMatchObject({ HOST: '127.0.0.1', PORT: '8080' });
  });

  it('is alive while the check of the image says so', () => {
    expect(worker().container.HealthCheck).toEqual({
      Command: ['CMD', 'node', 'healthcheck.js'],
      Interval: 30,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 120,
    });
  });

  it('is waited for 15 seconds longer than its grace, which is as long as ECS and Spot allow', () => {
    const { container } = worker();
    expect(container.StopTimeout).toBe(120);
    expect(environmentOf(worker()).SHUTDOWN_GRACE_SECONDS).toBe('105');
  });

  it('logs to a group that forgets, and never waits for it', () => {
    const { resources } = synthesize({ LOG_RETENTION_DAYS: '7' });
    expect(resources.one('AWS::Logs::LogGroup').properties).toEqual({
      LogGroupName: '/oss-s3-bridge/oss-s3-bridge',
      RetentionInDays: 7,
    });
    expect(worker().container.LogConfiguration).toMatchObject({
      LogDriver: 'awslogs',
      Options: { 'awslogs-group': '/oss-s3-bridge/oss-s3-bridge', mode: 'non-blocking' },
    });
  });

  it('has no secret in its environment, and reads the OSS key itself, by its name', () => {
    expect(secretsOf(worker())).toEqual({
      API_TOKEN: `arn:aws:secretsmanager:us-west-2:${ACCOUNT}:secret:oss-s3-bridge/api-token-AbCdEf`,
    });
    const named = Object.entries(environmentOf(worker())).filter(([name]) => /SECRET|TOKEN|ACCESS_KEY/.test(name));
    expect(named).toEqual([['OSS_SECRET_ID', 'oss-s3-bridge/oss']]);
  });

  it('gets an API token that nobody chose and that the worker takes', () => {
    const { properties } = synthesize().resources.one('AWS::SecretsManager::Secret');
    expect(properties.GenerateSecretString).toEqual({ PasswordLength: 48, ExcludePunctuation: true });
    expect(properties.SecretString).toBeUndefined();
  });
});

describe('the environment of the worker', () => {
  const everything = {
    OSS_PREFIX: 'in/',
    OSS_ENDPOINT: 'https://oss.example.com',
    OSS_MAX_MEGABITS_PER_SECOND: '500',
    OSS_MAX_REQUESTS_PER_SECOND: '100',
    OSS_REQUESTER_PAYS: 'true',
    COPY_TAGS: 'true',
    S3_REGION: 'eu-central-1',
    S3_PREFIX: 'out/',
    S3_STORAGE_CLASS: 'GLACIER_IR',
    S3_ENCRYPTION: 'aws:kms',
    S3_KMS_KEY_ID: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/5f7a`,
    S3_BUCKET_KEY: 'true',
    S3_ACL: 'bucket-owner-full-control',
    S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/bridge-writer',
    S3_ROLE_EXTERNAL_ID: 'agreed',
    S3_REQUESTER_PAYS: 'true',
    S3_METADATA_OVERFLOW: 'drop',
    MAX_CONCURRENT_OBJECTS: '32',
    MAX_CONCURRENT_PARTS: '8',
    PART_SIZE_MEBIBYTES: '16',
    LOG_LEVEL: 'debug',
  };

  it('is what was asked for, and what the stack has made', () => {
    const queue = `https://sqs.us-west-2.amazonaws.com/${ACCOUNT}/oss-s3-bridge`;
    expect(environmentOf(worker(everything))).toEqual({
      ...REQUIRED,
      ...everything,
      SQS_QUEUE_URL: queue,
      SQS_BACKFILL_QUEUE_URL: `${queue}-backfill`,
      SQS_DEAD_LETTER_QUEUE_URL: `${queue}-dead-letters`,
      LEDGER_URL: `dynamodb:${LEDGER_TABLE}`,
      HOST: '127.0.0.1',
      PORT: '8080',
      SHUTDOWN_GRACE_SECONDS: '105',
      MEMORY_BUDGET_MEBIBYTES: '1024',
    });
  });

  it.each([{}, everything])('is one that the worker starts with (%#)', changes => {
    const config = readWorkerConfig({
      ...environmentOf(worker(changes)),
      API_TOKEN: 'from-its-own-secret',
    });
    expect(config.shutdownGraceSeconds).toBe(105);
    expect(config.ledger).toMatchObject({ kind: 'dynamodb', table: LEDGER_TABLE });
    expect(config.tuning.memoryBudgetBytes).toBe(1024 * MEBIBYTE);
  });
});

describe('a task', () => {
  it('runs on Graviton, with one vCPU and 2 GiB', () => {
    expect(worker().task).toMatchObject({
      Cpu: '1024',
      Memory: '2048',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  it('is as large, and of the architecture, that is asked for', () => {
    const changes = { TASK_CPU_UNITS: '2048', TASK_MEMORY_MEBIBYTES: '8192', CPU_ARCHITECTURE: 'X86_64' };
    expect(worker(changes).task).toMatchObject({
      Cpu: '2048',
      Memory: '8192',
      RuntimePlatform: { CpuArchitecture: 'X86_64' },
    });
  });

  it.each(['1024', '2048', '4096'])(
    'of %s MiB holds its budget, the idle buffers and the rest of the worker',
    memory => {
      const { taskSize } = parametersOf({ TASK_CPU_UNITS: '512', TASK_MEMORY_MEBIBYTES: memory });
      const used = taskSize.memoryBudgetMebibytes * 1.25 + 180;
      expect(used).toBeLessThan(taskSize.memoryMebibytes * 0.85);
      expect(used).toBeGreaterThan(taskSize.memoryMebibytes * 0.6);
    },
  );
});

describe('the image', () => {
  it('is the one that is named', () => {
    expect(worker({ WORKER_IMAGE: 'ghcr.io/you/worker:0.1.0' }).container.Image).toBe('ghcr.io/you/worker:0.1.0');
    const ecr = `${ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/team/worker:1`;
    expect(worker({ WORKER_IMAGE: ecr }).container.Image).toBe(ecr);
    const digest = `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/worker@sha256:${'0'.repeat(64)}`;
    expect(worker({ WORKER_IMAGE: digest, AWS_REGION: 'cn-north-1' }).container.Image).toBe(digest);
  });

  it('is built from this repository otherwise, out of its sources alone', () => {
    expect(worker({ WORKER_IMAGE: '' }).container.Image).toMatch(
      new RegExp(
        `^${ACCOUNT}\\.dkr\\.ecr\\.us-west-2\\.amazonaws\\.com/cdk-[a-z0-9]+-container-assets-${ACCOUNT}-us-west-2:[0-9a-f]{64}$`,
      ),
    );
  });
});

describe('the console', () => {
  it('is the same worker, with a door', () => {
    const service = worker();
    const door = taskOf('oss-s3-bridge-console');
    const { ReadonlyRootFilesystem, LinuxParameters, LogConfiguration, ...same } = service.container;
    expect(door.container).toMatchObject(same);
    // The agent of ECS Exec writes into the container. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    expect(door.container.ReadonlyRootFilesystem).toBe(false);
    expect(door.container.User).toBe('node');
    expect(door.task.TaskRoleArn).not.toBe(service.task.TaskRoleArn);
    expect(record(record(door.container.LogConfiguration).Options)['awslogs-stream-prefix']).toBe(
      'oss-s3-bridge-console',
    );
  });
});
