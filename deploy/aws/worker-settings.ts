// The worker's environment: what the deployment hands on, and what the stack makes itself. The worker's own rules are applied here, so that nothing is
// deployed that would refuse to start.

import { readWorkerConfig, type WorkerConfig } from '../../aws-worker/config.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import type { EnvironmentReader } from '../../shared/environment.ts';

/** Handed to the worker as they are. */
export const WORKER_SETTINGS = [
  'OSS_REGION',
  'OSS_BUCKET',
  'OSS_ENDPOINT',
  'OSS_PREFIX',
  'OSS_MAX_MEGABITS_PER_SECOND',
  'OSS_MAX_REQUESTS_PER_SECOND',
  'COPY_TAGS',
  'S3_BUCKET',
  'S3_REGION',
  'S3_PREFIX',
  'S3_STORAGE_CLASS',
  'S3_ENCRYPTION',
  'S3_KMS_KEY_ID',
  'S3_ACL',
  'S3_METADATA_OVERFLOW',
  'MAX_CONCURRENT_OBJECTS',
  'MAX_CONCURRENT_PARTS',
  'PART_SIZE_MEBIBYTES',
  'LOG_LEVEL',
] as const;

/** ECS waits no longer between SIGTERM and SIGKILL, and Spot gives as much. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html */
export const STOP_TIMEOUT_SECONDS = 120;
/** What the worker wants whoever kills it to wait beyond its grace. */
const LONGER_THAN_GRACE_SECONDS = 15;

/** Stand for what only the stack, or AWS, will know. */
const GIVEN_LATER = {
  OSS_ACCESS_KEY_ID: 'given-by-ecs',
  OSS_ACCESS_KEY_SECRET: 'given-by-ecs',
  API_TOKEN: 'given-by-ecs-later',
  SQS_QUEUE_URL: 'https://given-by-the-stack.invalid/111122223333/oss-s3-bridge',
};

export interface WorkerSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly copiesTags: boolean;
  readonly setsAcl: boolean;
}

export function readWorkerSettings(
  read: EnvironmentReader,
  { region, memoryBudgetMebibytes }: { readonly region: string; readonly memoryBudgetMebibytes: number },
): WorkerSettings {
  const environment: Record<string, string> = {
    SHUTDOWN_GRACE_SECONDS: String(STOP_TIMEOUT_SECONDS - LONGER_THAN_GRACE_SECONDS),
    MEMORY_BUDGET_MEBIBYTES: String(memoryBudgetMebibytes),
  };
  for (const name of WORKER_SETTINGS) {
    const value = read.optional(name);
    if (value !== undefined) environment[name] = value;
  }
  // A region that is missing or wrong has been told of.
  const config = checked(read, { ...environment, ...GIVEN_LATER, AWS_REGION: region || 'us-east-1' });
  return { environment, copiesTags: config?.copyTags === true, setsAcl: config?.s3.acl !== undefined };
}

function checked(read: EnvironmentReader, environment: Readonly<Record<string, string>>): WorkerConfig | undefined {
  try {
    return readWorkerConfig(environment);
  } catch (error) {
    if (!hasCode(error, 'invalid-configuration')) throw error;
    const [, ...lines] = error.message.split('\n');
    for (const line of lines) read.fault(line.replace(/^ *- /, ''));
    return undefined;
  }
}
