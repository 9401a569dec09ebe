// The task: one container that runs the worker, and may do little else: not root, no capability, a file system that cannot be written. The same with a
// door, for people: console-task.ts.

import { Duration, Size } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';
import { STOP_TIMEOUT_SECONDS } from './worker-settings.ts';

export const CONTAINER_NAME = 'worker';
export const PORT = 8080;
/** Of the image. */
const USER = 'node';
const LOG_BUFFER_MEBIBYTES = 10;

export interface TaskParts {
  readonly parameters: Parameters;
  readonly image: ContainerImage;
  /** What the stack makes, by the names of the worker's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly executionRole: IRole;
  readonly logGroup: ILogGroup;
}

export interface TaskKind {
  readonly family: string;
  readonly role: IRole;
  /** ECS Exec, the way in of the console, writes into the container and needs more than the worker does. */
  readonly hasDoor: boolean;
}

export function createTask(scope: Construct, id: string, parts: TaskParts, kind: TaskKind): FargateTaskDefinition {
  const { cpuUnits, memoryMebibytes, architecture } = parts.parameters.taskSize;
  const task = new FargateTaskDefinition(scope, id, {
    family: kind.family,
    cpu: cpuUnits,
    memoryLimitMiB: memoryMebibytes,
    runtimePlatform: {
      cpuArchitecture: architecture === 'ARM64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
    taskRole: kind.role,
    executionRole: parts.executionRole,
  });
  const linuxParameters = new LinuxParameters(task, 'Linux', { initProcessEnabled: true });
  if (!kind.hasDoor) linuxParameters.dropCapabilities(Capability.ALL);
  task.addContainer(CONTAINER_NAME, {
    image: parts.image,
    essential: true,
    user: USER,
    readonlyRootFilesystem: !kind.hasDoor,
    linuxParameters,
    stopTimeout: Duration.seconds(STOP_TIMEOUT_SECONDS),
    environment: { ...parts.environment },
    secrets: { ...parts.secrets },
    // Alive, not ready: a cloud in trouble is not mended by another task. Until the queues have answered, nobody listens.
    healthCheck: {
      command: ['CMD', 'node', 'healthcheck.js'],
      interval: Duration.seconds(30),
      timeout: Duration.seconds(5),
      retries: 3,
      startPeriod: Duration.seconds(120),
    },
    // A worker never waits for CloudWatch.
    logging: LogDrivers.awsLogs({
      streamPrefix: kind.family,
      logGroup: parts.logGroup,
      mode: AwsLogDriverMode.NON_BLOCKING,
      maxBufferSize: Size.mebibytes(LOG_BUFFER_MEBIBYTES),
    }),
  });
  return task;
}
