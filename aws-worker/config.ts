// The worker's environment, as one frozen value. All faults are listed at once. .env.example names every variable; a test compares them.

import { type Environment, EnvironmentReader } from '../shared/environment.ts';
import { LOG_LEVELS, type LogLevel } from '../shared/log.ts';
import { type HttpConfig, readHttpConfig } from './config/http-config.ts';
import { type LedgerConfig, readLedgerConfig } from './config/ledger-config.ts';
import { type OssConfig, readOssConfig } from './config/oss-config.ts';
import { refuseMixedPartitions } from './config/refuse-mixed-partitions.ts';
import { readS3Config, type S3Config } from './config/s3-config.ts';
import { readSqsConfig, type SqsConfig } from './config/sqs-config.ts';
import { readTuningConfig, type TuningConfig } from './config/tuning-config.ts';

export interface WorkerConfig {
  readonly oss: OssConfig;
  readonly s3: S3Config;
  readonly sqs: SqsConfig;
  readonly ledger: LedgerConfig;
  readonly http: HttpConfig;
  /** Set by ECS itself in each container: where its agent is. */
  readonly ecsAgentUri: URL | undefined;
  readonly tuning: TuningConfig;
  readonly copyTags: boolean;
  readonly shutdownGraceSeconds: number;
  readonly logLevel: LogLevel;
}

/** @throws BridgeError permanent `invalid-configuration`, listing every fault */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  const read = new EnvironmentReader(environment);
  const config: WorkerConfig = {
    oss: readOssConfig(read),
    s3: readS3Config(read),
    sqs: readSqsConfig(read),
    ledger: readLedgerConfig(read),
    http: readHttpConfig(read),
    ecsAgentUri: read.url('ECS_AGENT_URI'),
    tuning: readTuningConfig(read),
    copyTags: read.boolean('COPY_TAGS', false),
    shutdownGraceSeconds: read.integer('SHUTDOWN_GRACE_SECONDS', { minimum: 0, maximum: 3600, fallback: 25 }),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  refuseMixedPartitions(read, config);
  read.throwFaults();
  return deepFreeze(config);
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !(member instanceof URL)) deepFreeze(member);
  }
  return Object.freeze(value);
}
